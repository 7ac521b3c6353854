"""The map as an AsyncAPI 3.0 document: channels, who sends and who receives, every message."""

from collections.abc import Iterable, Sequence

from pydantic.json_schema import models_json_schema

from testmesh_contracts.bodies import body_schema, with_said_types
from testmesh_contracts.message import JsonObject, Message, message_type
from testmesh_contracts.topics import Topic

RELEASE = "0.1.0"
_ASKING = ("query", "command")
_ROUTING = {
    "type": {"type": "string", "description": "Wire name of the message."},
    "execution": {"type": "string", "format": "uuid", "description": "The execution that it speaks of."},
    "fence": {"type": "integer", "description": "Claim of the run that says it."},
    "trace": {"type": "string", "description": "W3C traceparent."},
    "id": {"type": "string", "format": "uuid", "description": "Of a question or command; repeated by its answer."},
    "reply": {"type": "string", "description": "Stream on which the answer is awaited."},
    "deadline": {"type": "integer", "description": "Unix milliseconds after which nobody waits any more."},
}


def asyncapi_document(topics: Sequence[Topic]) -> JsonObject:
    """Return the AsyncAPI document of the topics."""
    models = list(dict.fromkeys(model for topic in topics for model in topic.messages))
    refs, generated = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    bodies = {
        message_type(model): _message(topic, model, refs[model, "validation"])
        for topic in topics
        for model in topic.messages
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "TestMesh",
            "version": RELEASE,
            "description": "Streams on which the services of TestMesh speak. `executions.results` is for everyone.",
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in topics},
        "operations": {name: operation for topic in topics for name, operation in _operations(topic)},
        "components": {
            "messages": bodies,
            "messageTraits": {"entry": {"headers": {"type": "object", "properties": _ROUTING, "required": ["type"]}}},
            "schemas": with_said_types(generated["$defs"]),
        },
    }


def _message(topic: Topic, model: type[Message], reference: JsonObject) -> JsonObject:
    envelope = "application/cloudevents+json" if topic.cloud_events else "application/json"
    return {
        "name": message_type(model),
        "title": model.__name__,
        "summary": (model.__doc__ or "").split("\n")[0],
        "contentType": envelope,
        "traits": [{"$ref": "#/components/messageTraits/entry"}],
        "payload": body_schema(topic, model, reference),
    }


def _channel(topic: Topic) -> JsonObject:
    channel: JsonObject = {
        "address": topic.wire,
        "description": topic.says,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in topic.models},
        "x-kind": topic.kind,
        "x-key": topic.key or None,
        "x-retention-seconds": topic.retention_s,
        "x-max-body-bytes": topic.max_body,
        "x-dead-letters": topic.dead,
    }
    if topic.kind == "reply":
        channel["address"] = f"{topic.wire}.{{instance}}"
        channel["parameters"] = {"instance": {"description": "The process that asks."}}
    return channel


def _operations(topic: Topic) -> Iterable[tuple[str, JsonObject]]:
    channel = {"$ref": f"#/channels/{topic.name}"}
    answered: JsonObject = {}
    if topic.kind in _ASKING:
        reply = {"address": {"location": "$message.header#/reply"}, "channel": {"$ref": "#/channels/replies"}}
        answered = {"reply": reply}
    for service in topic.said_by:
        yield f"{service}.says.{topic.name}", {"action": "send", "channel": channel, **answered}
    for service, way in topic.heard_by:
        yield (
            f"{service}.hears.{topic.name}.{way}",
            {"action": "receive", "channel": channel, "x-way": way, **answered},
        )
