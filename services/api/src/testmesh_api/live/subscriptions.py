"""What one client listens to, and what of it waits to be sent."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from testmesh_api.live.events import Message
from testmesh_api.live.topics import LiveTopic
from testmesh_contracts.live import LiveCursor, Place


@dataclass(slots=True, eq=False)
class Subscription:
    """One topic of one client: where the client's wish begins, and how far it has been told."""

    topic: LiveTopic
    after: LiveCursor | None
    told_order: int
    """Number of the last entry of the ring that was looked at for it."""

    def is_new(self, source: str, place: Place) -> bool:
        """Whether something comes after what the client says that it has."""
        return self.after is None or source not in self.after.places or place > self.after.places[source]


@dataclass(eq=False)
class Client:
    """One client's subscriptions by topic. What waits is not copied: it is read from the ring as it is sent.

    So a client costs the same however far it is behind, until what it wants is no longer kept.
    """

    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    notices: deque[Message] = field(default_factory=deque)
    """What the server itself has to say, ahead of all events."""
    closed: bool = False
    _waiting: dict[Subscription, None] = field(default_factory=dict)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self, subscription: Subscription) -> None:
        """Know that a subscription has something to be told."""
        self._waiting[subscription] = None
        self._woken.set()

    def waits(self, subscription: Subscription) -> bool:
        return subscription in self._waiting

    def next_waiting(self) -> Subscription | None:
        """Return a subscription with something to be told; it stands last afterwards, until it is `settled`."""
        found = next(iter(self._waiting), None)
        if found is not None:
            del self._waiting[found]
            self._waiting[found] = None
        return found

    def settled(self, subscription: Subscription) -> None:
        self._waiting.pop(subscription, None)

    def notify(self, message: Message) -> None:
        self.notices.append(message)
        self._woken.set()

    def close(self) -> None:
        """End it from the server's side: what waits is still sent."""
        self.closed = True
        self._woken.set()

    async def until_woken(self) -> None:
        await self._woken.wait()
        self._woken.clear()
