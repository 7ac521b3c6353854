"""Entries of a stream: a few small fields to route by, beside one JSON body.

type       wire name of the message
execution  id of the execution it speaks of, where it speaks of one
fence      claim of the run that says it, where a run says it
trace      W3C traceparent
id         id of a question or command, repeated by its answer
reply      stream on which the answer is awaited
deadline   Unix milliseconds after which nobody waits for the answer
body       the message as JSON; on topics for the outside, in a CloudEvents 1.0 envelope
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import from_json

from testmesh_contracts.message import Message
from testmesh_contracts.topics import Topic

SOURCE = "testmesh/storage"


class EntryInvalidError(Exception):
    """An entry that is not what the map says its topic carries. It goes to the dead letters."""

    code = "entry_invalid"

    def __init__(self, topic: Topic, reason: str) -> None:
        super().__init__(f"an entry of {topic.name} is not readable: {reason}")
        self.topic = topic
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a stream, body not yet decoded."""

    type: str
    body: bytes
    execution: UUID | None = None
    fence: int | None = None
    trace: str | None = None
    id: UUID | None = None
    reply: str | None = None
    deadline: int | None = None

    def fields(self) -> dict[bytes, bytes]:
        """Return the fields of the entry as the stream keeps them, absent ones left out."""
        found = {b"type": self.type.encode(), b"body": self.body}
        for name in ("execution", "fence", "trace", "id", "reply", "deadline"):
            value = getattr(self, name)
            if value is not None:
                found[name.encode()] = str(value).encode()
        return found


def encode(topic: Topic, message: Message, **routing: Any) -> Entry:
    """Put a message of the topic into an entry; `routing` sets the entry's small fields."""
    if message.type not in topic.models:
        raise EntryInvalidError(topic, f"the map has no {message.type!r} there")
    execution = routing.pop("execution", None) or getattr(message, "execution_id", None)
    fence = routing.pop("fence", None)
    body = message.model_dump_json().encode()
    if topic.cloud_events:
        body = _cloud_event(message, body)
    if len(body) > topic.max_body:
        raise EntryInvalidError(topic, f"its body of {len(body)} bytes is over the {topic.max_body} allowed")
    return Entry(type=message.type, body=body, execution=execution, fence=fence, **routing)


def read_entry(topic: Topic, fields: Mapping[bytes, bytes]) -> Entry:
    """Read an entry's small fields; the body stays as it is."""
    try:
        return Entry(
            type=fields[b"type"].decode(),
            body=fields[b"body"],
            execution=_optional(fields, b"execution", UUID),
            fence=_optional(fields, b"fence", int),
            trace=_optional(fields, b"trace", str),
            id=_optional(fields, b"id", UUID),
            reply=_optional(fields, b"reply", str),
            deadline=_optional(fields, b"deadline", int),
        )
    except KeyError as missing:
        name = missing.args[0].decode()
        raise EntryInvalidError(topic, f"the field {name!r} is missing") from missing
    except ValueError as invalid:
        raise EntryInvalidError(topic, str(invalid)) from invalid


def decode(topic: Topic, entry: Entry) -> Message | None:
    """Return the message of an entry; None for a type that this release does not know."""
    model = topic.models.get(entry.type)
    if model is None:
        return None
    try:
        if topic.cloud_events:
            return model.model_validate(_event_data(entry.body))
        return model.model_validate_json(entry.body)
    except (ValidationError, ValueError) as invalid:
        raise EntryInvalidError(topic, _brief(invalid)) from invalid


def _optional(fields: Mapping[bytes, bytes], name: bytes, convert: Any) -> Any:
    value = fields.get(name)
    return None if value is None else convert(value.decode())


def _cloud_event(message: Message, data: bytes) -> bytes:
    said = {
        "specversion": "1.0",
        "id": str(getattr(message, "event_id", "")),
        "source": SOURCE,
        "type": message.type,
        "subject": str(getattr(message, "execution_id", "")),
        "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "datacontenttype": "application/json",
    }
    return json.dumps(said)[:-1].encode() + b', "data": ' + data + b"}"


def _event_data(body: bytes) -> Any:
    event = from_json(body)
    if not isinstance(event, dict) or event.get("specversion") != "1.0" or "data" not in event:
        raise ValueError("it has no CloudEvents 1.0 envelope")
    return event["data"]


def _brief(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        return f"{place}: {first['msg']}" if place else first["msg"]
    return str(error)
