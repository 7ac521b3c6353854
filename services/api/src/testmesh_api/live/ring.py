"""What was told lately, kept so that who was away for a moment misses nothing."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from testmesh_api.live.events import Kept
from testmesh_contracts.live import LiveCursor, Place

ENTRY_BYTES = 600
"""What keeping an entry costs beyond its body, roughly."""
FUTURE_MS = 60_000
"""A cursor may be ahead of this replica's ear by so much, where another replica gave it."""


@dataclass
class Ring:
    """Entries of the last `seconds`, within `most_bytes`; the oldest give way."""

    seconds: float
    most_bytes: int
    size: int = 0
    heard: dict[str, Place] = field(default_factory=dict)
    """By source: the last place heard."""
    floors: dict[str, Place] = field(default_factory=dict)
    """By source: the last place of which nothing is kept, or nothing was heard."""
    _order: int = 0
    _kept: deque[Kept] = field(default_factory=deque)
    _lifecycle: deque[Kept] = field(default_factory=deque)
    _by_execution: dict[str, deque[Kept]] = field(default_factory=dict)

    def begin(self, source: str, place: Place) -> None:
        """Know that a source is heard from a place on. What is kept does not lead there, and is let go."""
        self._kept.clear()
        self._lifecycle.clear()
        self._by_execution.clear()
        self.size = 0
        self.heard[source] = place
        self.floors = dict(self.heard)

    def next_order(self) -> int:
        """Return the number of the next entry, in the order of being heard."""
        self._order += 1
        return self._order

    def keep(self, entry: Kept) -> None:
        self._kept.append(entry)
        self._by_execution.setdefault(entry.execution_id, deque()).append(entry)
        if entry.heard is not None:
            self._lifecycle.append(entry)
        self.size += _size(entry)
        self.drop_old(entry.heard_at)

    def drop_old(self, now: float) -> None:
        """Let go of what is too old or too much."""
        while self._kept and (self.size > self.most_bytes or self._kept[0].heard_at < now - self.seconds):
            entry = self._kept.popleft()
            self.size -= _size(entry)
            self.floors[entry.source.name] = max(self.floors[entry.source.name], entry.place)
            of_execution = self._by_execution[entry.execution_id]
            of_execution.popleft()
            if not of_execution:
                del self._by_execution[entry.execution_id]
            if entry.heard is not None:
                self._lifecycle.popleft()

    def reaches(self, cursor: LiveCursor) -> bool:
        """Whether all that came after a cursor is kept, or still to come."""
        for source, place in cursor.places.items():
            floor, heard = self.floors.get(source), self.heard.get(source)
            if floor is None or heard is None or place < floor or place.ms > heard.ms + FUTURE_MS:
                return False
        return True

    def of_execution(self, execution_id: str, after: LiveCursor | None) -> list[Kept]:
        """Return what is kept of an execution after a cursor; it may lie within the first entry."""
        kept = self._by_execution.get(execution_id, ())
        places: Mapping[str, Place] = {} if after is None else after.places
        return [entry for entry in kept if _is_after(entry, places)]

    def lifecycle(self, after: LiveCursor) -> list[Kept]:
        """Return what the topic `events` told after a cursor; of sources that it does not name, what came later."""
        order = next(self._orders_until(after), 0)
        return [
            entry
            for entry in self._lifecycle
            if (_is_after(entry, after.places) if entry.source.name in after.places else entry.order > order)
        ]

    def _orders_until(self, after: LiveCursor) -> Iterator[int]:
        for entry in reversed(self._kept):
            if entry.source.name in after.places and not _is_after(entry, after.places):
                yield entry.order


def _is_after(entry: Kept, places: Mapping[str, Place]) -> bool:
    place = places.get(entry.source.name)
    return place is None or entry.place > place


def _size(entry: Kept) -> int:
    return len(entry.body) + ENTRY_BYTES
