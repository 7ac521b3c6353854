"""Events to bytes, and bytes to entries: each event encoded once, several of one run in one entry.

The bytes are what `ExecutionEvents` would be as JSON; a test compares the two.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic_core import PydanticSerializationError

from testmesh_contracts import Entry, Message
from testmesh_contracts.topics import EVENTS

PACK_BYTES = 64 * 1024
ROOM_FOR_HEAD = 512
LARGEST_EVENT = EVENTS.max_body - ROOM_FOR_HEAD
SHORTEST_CUT = 2048
LONGEST_TEXT = 1000
_TYPE = "execution.events"


@dataclass(frozen=True, slots=True)
class Place:
    """Which run an event belongs to."""

    execution_id: UUID
    run: int
    claim: int
    trace: str | None = None


@dataclass(frozen=True, slots=True)
class Pack:
    """Events of one run in one entry, from seq `first` to `last`."""

    first: int
    last: int
    entry: Entry


def encode_event(event: Message) -> bytes:
    """Return an event as JSON that fits an entry and that every store takes; nothing is dropped, parts are cut."""
    data = _dump(event)
    if b"\\u0000" in data:
        data = json.dumps(_storable(json.loads(data)), ensure_ascii=False).encode()
    return data if len(data) <= LARGEST_EVENT else _cut(json.loads(data))


def sequenced(seq: int, event: bytes) -> bytes:
    """Put an encoded event in its place in the run."""
    return b'{"seq":%d,"event":%b}' % (seq, event)


def pack(place: Place, first: int, lines: Sequence[bytes]) -> Iterator[Pack]:
    """Put sequenced events, in order, into as few entries as their sizes allow."""
    chosen: list[bytes] = []
    size = 0
    for line in lines:
        if chosen and (size >= PACK_BYTES or size + len(line) > LARGEST_EVENT):
            yield _packed(place, first, chosen)
            first += len(chosen)
            chosen, size = [], 0
        chosen.append(line)
        size += len(line) + 1
    if chosen:
        yield _packed(place, first, chosen)


def _packed(place: Place, first: int, lines: list[bytes]) -> Pack:
    head = b'{"type":"%b","execution_id":"%b","run":%d,"fence":%d,"events":[' % (
        _TYPE.encode(),
        str(place.execution_id).encode(),
        place.run,
        place.claim,
    )
    body = b"%b%b]}" % (head, b",".join(lines))
    entry = Entry(_TYPE, body, execution=place.execution_id, fence=place.claim, trace=place.trace)
    return Pack(first, first + len(lines) - 1, entry)


def _dump(event: Message) -> bytes:
    try:
        return event.model_dump_json().encode()
    except (PydanticSerializationError, UnicodeEncodeError):
        return json.dumps(_storable(event.model_dump(mode="json")), ensure_ascii=False).encode()


def _storable(value: Any) -> Any:
    """Escape what PostgreSQL and UTF-8 refuse: U+0000 and lone surrogates."""
    if isinstance(value, str):
        text = value.replace("\x00", "\\u0000")
        return text.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    return [_storable(item) for item in value] if isinstance(value, list) else value


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
