"""Bytes of events to entries: several of one run in one entry.

The bytes are what `ExecutionEvents` would be as JSON; a test compares the two.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from testmesh_contracts import Entry
from testmesh_contracts.event_json import LARGEST_EVENT

PACK_BYTES = 64 * 1024
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
