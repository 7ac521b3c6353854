"""The live feed: which streams it is made of, and cursors, which say how far someone has come in each.

A cursor is printed as `0:1732000000000-0-2,results:1731999999999-0`: a source, the entry of its stream, and
within a packed entry the event, from 0. Without the last number the whole entry is meant. To clients it is opaque.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from testmesh_contracts.topics import EVENTS, REQUESTS, RESULTS, Topic

LONGEST_CURSOR = 500
WHOLE = 2**31
"""As an event: every one of the entry."""
_PART = re.compile(r"([a-z0-9]{1,16}):([0-9]{1,18})-([0-9]{1,18})(?:-([0-9]{1,9}))?", re.ASCII)


class Source(NamedTuple):
    """A stream of the feed, by the name that cursors give it."""

    name: str
    topic: Topic
    partition: int

    @property
    def stream(self) -> str:
        return self.topic.partition(self.partition)


SOURCES: tuple[Source, ...] = (
    *(Source(priority, topic, 0) for priority, topic in REQUESTS.items()),
    Source("0", EVENTS, 0),
    Source("results", RESULTS, 0),
)
"""In the order of an execution's life: what is asked for, what happens, how it ended."""


class Place(NamedTuple):
    """Where something stands in a source's stream."""

    ms: int
    number: int
    event: int = WHOLE

    @classmethod
    def of_entry(cls, entry_id: str) -> "Place":
        """Return the place of a whole entry by its id in the stream."""
        ms, _, number = entry_id.partition("-")
        return cls(int(ms), int(number or 0))

    def __str__(self) -> str:
        event = "" if self.event == WHOLE else f"-{self.event}"
        return f"{self.ms}-{self.number}{event}"


class CursorUnreadableError(ValueError):
    """A text that is no cursor of the live feed."""


@dataclass(frozen=True, slots=True)
class LiveCursor:
    """How far someone has come: by source, the last thing seen."""

    places: Mapping[str, Place] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> "LiveCursor":
        """Read a printed cursor.

        Raises:
            CursorUnreadableError: it is none.
        """
        if len(text) > LONGEST_CURSOR:
            raise CursorUnreadableError("a cursor is shorter")
        places: dict[str, Place] = {}
        for part in text.split(","):
            found = _PART.fullmatch(part)
            if found is None or found[1] in places:
                raise CursorUnreadableError("it is not one that this API gave")
            places[found[1]] = Place(int(found[2]), int(found[3]), WHOLE if found[4] is None else int(found[4]))
        return cls(places)

    def __str__(self) -> str:
        return ",".join(f"{source}:{place}" for source, place in self.places.items())
