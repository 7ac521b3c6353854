"""Entries in the order in which they were heard, from which the oldest fall away."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import Any

from testmesh_api.live.events import Kept

COMPACT_FROM = 1000


class Lane:
    """A line of kept entries: the newest come in at its end, the oldest leave at its beginning."""

    def __init__(self) -> None:
        self._entries: list[Kept] = []
        self._start = 0

    def __len__(self) -> int:
        return len(self._entries) - self._start

    def append(self, entry: Kept) -> None:
        self._entries.append(entry)

    def first(self) -> Kept:
        return self._entries[self._start]

    def drop_first(self) -> Kept:
        """Take the oldest entry out; what stands behind it is moved up once in a while."""
        entry = self._entries[self._start]
        self._start += 1
        if self._start >= COMPACT_FROM and self._start * 2 >= len(self._entries):
            del self._entries[: self._start]
            self._start = 0
        return entry

    def last_until(self, limit: Any, key: Callable[[Kept], Any]) -> Kept | None:
        """Return the last entry whose key is not above a limit."""
        index = bisect_right(self._entries, limit, self._start, key=key)
        return self._entries[index - 1] if index > self._start else None

    def after(self, limit: Any, key: Callable[[Kept], Any]) -> Iterator[Kept]:
        """Give the entries whose key, which grows along the lane, is above a limit; as they are when asked for."""
        index = bisect_right(self._entries, limit, self._start, key=key)
        for position in range(index, len(self._entries)):
            yield self._entries[position]
