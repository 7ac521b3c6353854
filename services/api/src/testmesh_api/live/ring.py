"""What was told lately, kept so that who was away for a moment misses nothing."""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from testmesh_api.live.events import Kept
from testmesh_api.live.lanes import Lane
from testmesh_api.live.topics import ALL, LiveTopic
from testmesh_contracts.live import LiveCursor, Place
from testmesh_contracts.topics import RESULTS

ENTRY_BYTES = 600
"""What keeping an entry costs beyond its body, roughly."""
FUTURE_MS = 60_000
"""A cursor may be ahead of this replica's ear by so much, where another replica gave it."""
DROPPED_AT_ONCE = 100
"""Old entries; a minute of them at once would keep everybody waiting."""
REMEMBERED = 50_000
"""Executions of which it is known what was let go."""
_EMPTY = Lane()


def _order(entry: Kept) -> int:
    return entry.order


def _place(entry: Kept) -> Place:
    return entry.place


@dataclass
class Ring:
    """Entries of the last `seconds`, within `most_bytes`; the oldest give way."""

    seconds: float
    most_bytes: int
    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    size: int = 0
    heard: dict[str, Place] = field(default_factory=dict)
    """By source: the last place heard."""
    floors: dict[str, Place] = field(default_factory=dict)
    """By source: the last place of which nothing is kept, or nothing was heard."""
    last_order: int = 0
    """Number of the newest entry, in the order of being heard."""
    dropped_order: int = 0
    """Number of the newest entry that was let go."""
    _kept: Lane = field(default_factory=Lane)
    _lifecycle: Lane = field(default_factory=Lane)
    _by_source: dict[str, Lane] = field(default_factory=dict)
    _by_execution: dict[str, Lane] = field(default_factory=dict)
    _results: dict[str, Place] = field(default_factory=dict)
    _dropped: OrderedDict[str, int] = field(default_factory=OrderedDict)
    """By execution, and under ALL's name of the lifecycle: the number of the last entry let go."""
    _forgotten: int = 0
    """The same for executions that are not remembered any more."""

    def begin(self, source: str, place: Place) -> None:
        """Know that a source is heard from a place on. What is kept does not lead there, and is let go."""
        self._kept, self._lifecycle = Lane(), Lane()
        self._by_source, self._by_execution, self._results = {}, {}, {}
        self.size = 0
        self.dropped_order = self._forgotten = self.last_order
        self.heard[source] = place
        self.floors = dict(self.heard)

    def keep(self, entry: Kept) -> None:
        """Keep an entry, the newest of its source."""
        self.last_order = entry.order
        self._kept.append(entry)
        self._by_source.setdefault(entry.source.name, Lane()).append(entry)
        self._by_execution.setdefault(entry.execution_id, Lane()).append(entry)
        if entry.heard is not None:
            self._lifecycle.append(entry)
        if entry.source.topic is RESULTS:
            self._results[entry.execution_id] = entry.place
        self.size += _size(entry)
        while len(self._kept) and self.size > self.most_bytes:
            self._drop_first()
        self.drop_old()

    def drop_old(self) -> bool:
        """Let go of some of what is too old; tell whether there is more of it."""
        oldest = self.clock() - self.seconds
        for _ in range(DROPPED_AT_ONCE):
            if not len(self._kept) or self._kept.first().heard_at >= oldest:
                return False
            self._drop_first()
        return True

    def reaches(self, cursor: LiveCursor) -> bool:
        """Whether all that came after a cursor is kept, or still to come."""
        latest = self.wall() * 1000 + FUTURE_MS
        return all(
            source in self.floors and self.floors[source] <= place and place.ms <= latest
            for source, place in cursor.places.items()
        )

    def order_of(self, cursor: LiveCursor) -> int:
        """Return the number after which everything is that came after a cursor, with some that may not have.

        Of a source that the cursor does not name, that is what was heard after what the cursor does name.
        """
        found, passed = self.last_order, self.dropped_order
        for source, place in cursor.places.items():
            lane = self._by_source.get(source, _EMPTY)
            following = next(lane.after(place, _place), None)
            if following is not None:
                found = min(found, following.order - 1)
            last = lane.last_until(place, _place)
            if last is not None:
                passed = max(passed, last.order)
        return found if self.heard.keys() <= cursor.places.keys() else min(found, passed)

    def has_all(self, topic: LiveTopic, after_order: int) -> bool:
        """Whether nothing of a topic after a number was let go."""
        name = ALL.name if topic.kind == "events" else topic.execution_id
        return max(self._dropped.get(name, 0), self._forgotten) <= after_order

    def result_place(self, execution_id: str) -> Place | None:
        """Return where an execution's result stands, None where it is not kept."""
        return self._results.get(execution_id)

    def entries(self, topic: LiveTopic, after_order: int) -> Iterator[Kept]:
        """Give what is kept for a topic after a number, as it is when asked for."""
        lane = self._lifecycle if topic.kind == "events" else self._by_execution.get(topic.execution_id)
        return iter(()) if lane is None else lane.after(after_order, _order)

    def _drop_first(self) -> None:
        entry = self._kept.drop_first()
        self.size -= _size(entry)
        self.dropped_order = entry.order
        self.floors[entry.source.name] = max(self.floors[entry.source.name], entry.place)
        self._by_source[entry.source.name].drop_first()
        self._remember(entry.execution_id, entry.order)
        of_execution = self._by_execution[entry.execution_id]
        of_execution.drop_first()
        if not len(of_execution):
            del self._by_execution[entry.execution_id]
        if entry.heard is not None:
            self._lifecycle.drop_first()
            self._remember(ALL.name, entry.order)
        if entry.source.topic is RESULTS:
            del self._results[entry.execution_id]

    def _remember(self, name: str, order: int) -> None:
        self._dropped[name] = order
        self._dropped.move_to_end(name)
        if len(self._dropped) > REMEMBERED:
            self._forgotten = max(self._forgotten, self._dropped.popitem(last=False)[1])


def _size(entry: Kept) -> int:
    return len(entry.body) + ENTRY_BYTES
