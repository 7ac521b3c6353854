"""What waits to be sent to one client: a bounded queue, which tells when the client is too slow."""

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from testmesh_api.live.topics import LiveTopic
from testmesh_contracts.live import LiveCursor, Place

AT_ONCE = 100
"""Messages handed over at a time, so that a long replay lets others have their turn."""


@dataclass(slots=True, eq=False)
class Subscription:
    """One topic of one client, and where in it the client's own wish begins."""

    topic: LiveTopic
    outgoing: "Outgoing"
    after: LiveCursor | None
    ended: bool = False

    def is_new(self, source: str, place: Place) -> bool:
        """Whether something comes after what the client says that it has."""
        return self.after is None or source not in self.after.places or place > self.after.places[source]


class Outgoing:
    """Messages of all subscriptions of one client, in order.

    What was kept and is told again is read while the client takes it, and does not count. Of what comes
    live, `most_bytes` may wait: one message more, and the client is `too_slow`.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._size = 0
        self._replays: deque[tuple[Subscription, Iterator[str]]] = deque()
        self._live: deque[tuple[Subscription | None, str]] = deque()
        self._woken = asyncio.Event()
        self._overflowed = asyncio.Event()
        self.closed = False

    @property
    def too_slow(self) -> bool:
        return self._overflowed.is_set()

    async def until_too_slow(self) -> None:
        await self._overflowed.wait()

    def replay(self, subscription: Subscription, messages: Iterator[str]) -> None:
        self._replays.append((subscription, messages))
        self._woken.set()

    def push(self, subscription: Subscription | None, message: str) -> None:
        """Queue a message; of an ended subscription none is sent any more."""
        if self.too_slow or self.closed:
            return
        if self._size + len(message) > self._most_bytes:
            self._overflowed.set()
            self._live.clear()
            self._replays.clear()
        else:
            self._live.append((subscription, message))
            self._size += len(message)
        self._woken.set()

    def close(self) -> None:
        """End it from the server's side: what waits is still handed over."""
        self.closed = True
        self._woken.set()

    async def take(self) -> list[str]:
        """Wait for messages and return some; an empty list is the end."""
        while True:
            if self.too_slow:
                return []
            if found := self._some():
                return found
            if self.closed:
                return []
            self._woken.clear()
            await self._woken.wait()

    def _some(self) -> list[str]:
        found: list[str] = []
        while self._replays and len(found) < AT_ONCE:
            subscription, messages = self._replays[0]
            message = None if subscription.ended else next(messages, None)
            if message is None:
                self._replays.popleft()
            else:
                found.append(message)
        while self._live and len(found) < AT_ONCE:
            subscription_of, message = self._live.popleft()
            self._size -= len(message)
            if subscription_of is None or not subscription_of.ended:
                found.append(message)
        return found
