"""Schemas of bodies as they are on the wire: with their type said, in their CloudEvents envelope."""

from typing import Any

from testmesh_contracts.message import JsonObject, Message, message_type
from testmesh_contracts.topics import Topic


def body_schema(topic: Topic, model: type[Message], reference: JsonObject) -> JsonObject:
    """Return the schema of a message's body on a topic, given the reference to the message's own."""
    if not topic.cloud_events:
        return reference
    return {
        "title": f"CloudEvent of {model.__name__}",
        "type": "object",
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {"type": "string", "minLength": 1},
            "source": {"type": "string", "minLength": 1},
            "type": {"type": "string", "const": message_type(model)},
            "subject": {"type": "string"},
            "time": {"type": "string", "format": "date-time"},
            "datacontenttype": {"const": "application/json"},
            "data": reference,
        },
        "required": ["specversion", "id", "source", "type", "data"],
    }


def with_said_types(definitions: JsonObject) -> JsonObject:
    """Return the definitions as sayers keep to them.

    A message always says its type, though readers have a default for it. An event of a pack may also be
    one of a newer release, so that alternatives overlap: `anyOf`, not `oneOf`.
    """
    return {name: _said(definition) for name, definition in definitions.items()}


def _said(node: Any) -> Any:
    if isinstance(node, list):
        return [_said(item) for item in node]
    if not isinstance(node, dict):
        return node
    found = {"anyOf" if key == "oneOf" else key: _said(value) for key, value in node.items()}
    properties = found.get("properties")
    if isinstance(properties, dict) and "const" in properties.get("type", {}):
        found["required"] = ["type", *(name for name in found.get("required", []) if name != "type")]
    return found
