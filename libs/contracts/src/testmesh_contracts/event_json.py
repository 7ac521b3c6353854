"""An event as JSON that fits an entry of a stream and that every store takes: what is too large is cut, and said so."""

import json
from typing import Any

from pydantic_core import PydanticSerializationError

from testmesh_contracts.message import Message
from testmesh_contracts.topics import EVENTS

ROOM_FOR_HEAD = 512
LARGEST_EVENT = EVENTS.max_body - ROOM_FOR_HEAD
SHORTEST_CUT = 2048
LONGEST_TEXT = 1000


def encode_event(event: Message) -> bytes:
    """Return an event as JSON that fits an entry and that every store takes; nothing is dropped, parts are cut."""
    data = _dump(event)
    if b"\\u0000" in data:
        data = json.dumps(storable(json.loads(data)), ensure_ascii=False).encode()
    return data if len(data) <= LARGEST_EVENT else _cut(json.loads(data))


def _dump(event: Message) -> bytes:
    try:
        return event.model_dump_json().encode()
    except (PydanticSerializationError, UnicodeEncodeError):
        return json.dumps(storable(event.model_dump(mode="json")), ensure_ascii=False).encode()


def storable(value: Any) -> Any:
    """Escape what PostgreSQL and UTF-8 refuse: U+0000 and lone surrogates."""
    if isinstance(value, str):
        text = value.replace("\x00", "\\u0000")
        return text.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    return [storable(item) for item in value] if isinstance(value, list) else value


def _cut(event: dict[str, Any]) -> bytes:
    """Shorten the largest parts, and say so in their place, until the event fits."""
    sizes = {name: _size(value) for name, value in event.items()}
    for shorten in (_shortened, _word_instead):
        for name in sorted(sizes, key=lambda found: sizes[found], reverse=True):
            if sizes[name] < SHORTEST_CUT:
                break
            event[name] = shorten(event[name])
            data = json.dumps(event, ensure_ascii=False).encode()
            if len(data) <= LARGEST_EVENT:
                return data
    return json.dumps(event, ensure_ascii=False).encode()


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode())


def _shortened(value: Any) -> Any:
    """Shorten each long text, wherever it is."""
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return f"{value[:LONGEST_TEXT]}… ({len(value)} characters, the rest left out: the event was too large)"
    if isinstance(value, dict):
        return {key: _shortened(item) for key, item in value.items()}
    return [_shortened(item) for item in value] if isinstance(value, list) else value


def _word_instead(value: Any) -> Any:
    word = f"left out: {_size(value)} bytes, more than an event of {LARGEST_EVENT} bytes can carry"
    if isinstance(value, dict):
        return {"left_out": word}
    return [] if isinstance(value, list) else word
