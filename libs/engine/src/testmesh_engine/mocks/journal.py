"""What came to a mock server: the first requests whole, of all the others that they came."""

import asyncio
from collections.abc import Iterator

from testmesh_engine.mocks.seen import Seen

MOST_KEPT = 1000
MOST_KEPT_BYTES = 16 * 1024 * 1024


class Journal:
    """Keeps requests in their order. Those beyond its bounds are counted, so that no verdict leaves them out."""

    def __init__(self) -> None:
        self._kept: list[Seen] = []
        self._size_bytes = 0
        self.missed = 0
        self.problems: list[str] = []
        """What this side did wrong, such as an answer that could not be written."""
        self.news = asyncio.Event()
        """Set, and replaced, with each request."""

    def __iter__(self) -> Iterator[Seen]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept) + self.missed

    @property
    def unmatched(self) -> list[Seen]:
        return [seen for seen in self._kept if seen.endpoint is None]

    def add(self, seen: Seen) -> None:
        if len(self._kept) >= MOST_KEPT or self._size_bytes + seen.size_bytes > MOST_KEPT_BYTES:
            self.missed += 1
        else:
            self._kept.append(seen)
            self._size_bytes += seen.size_bytes
        news, self.news = self.news, asyncio.Event()
        news.set()

    def complain(self, problem: str) -> None:
        if len(self.problems) < MOST_KEPT:
            self.problems.append(problem)
