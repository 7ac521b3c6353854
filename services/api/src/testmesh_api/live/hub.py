"""The middle of the live feed: who listens to what, and what each is to be told."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping

from prometheus_client import Counter, Gauge

from testmesh_api.live.events import COMPLETED, LIFECYCLE, LOG_LINE, REQUESTED, Event, Kept, Message
from testmesh_api.live.ring import Ring
from testmesh_api.live.subscriptions import Client, Subscription
from testmesh_api.live.topics import ALL, LiveTopic, topics_of
from testmesh_contracts.live import SOURCES, LiveCursor, Place
from testmesh_contracts.topics import EVENTS

SUBSCRIBED = "stream.subscribed"
GAP = "stream.gap"
ERROR = "stream.error"
ALIVE = "stream.alive"
AT_ONCE = 100
"""Messages handed out at a time, so that who is far behind lets others have their turn."""
PRINTED = 256
"""Entries whose messages are remembered: clients of one topic ask for the same ones at nearly the same time."""
_FEED = [source.name for source in SOURCES if source.topic is EVENTS]

clients = Gauge("testmesh_live_clients", "Clients that listen to the live feed")
slow_clients = Counter("testmesh_live_slow_clients", "Clients that were let go because they did not read")
gaps = Counter("testmesh_live_gaps", "Subscriptions that were told to fetch a snapshot")

Printed = list[tuple[Place, Message]]


def notice(topic: str | None, kind: str, cursor: LiveCursor | None = None, **data: str) -> Message:
    """Print a message of the server's own."""
    return Message.of(topic, kind, None if cursor is None else str(cursor), None, data)


class Hub:
    """Tells those who subscribed what is heard, each event once and in order."""

    def __init__(self, ring: Ring) -> None:
        self._ring = ring
        self._listening: dict[str, dict[Subscription, Client]] = {}
        self._clients: set[Client] = set()
        self._printed: OrderedDict[tuple[int, str], Printed] = OrderedDict()
        self._awaited: dict[asyncio.Future[None], LiveCursor] = {}
        self._closed = False

    def join(self) -> Client:
        """Take a new client in."""
        client = Client()
        self._clients.add(client)
        clients.inc()
        if self._closed:
            client.close()
        return client

    def leave(self, client: Client) -> None:
        """Forget a client that has gone."""
        for topic in list(client.subscriptions):
            self.unsubscribe(client, topic)
        self._clients.remove(client)
        clients.dec()

    async def let_old_go(self) -> None:
        """Keep nothing beyond its time, also where nothing new is heard."""
        while self._ring.drop_old():  # noqa: ASYNC110 - nothing is waited for: others have their turn
            await asyncio.sleep(0)

    def close(self) -> None:
        """Let all clients go, because the process ends: they come back to another one."""
        self._closed = True
        for client in self._clients:
            client.close()

    def subscribe(self, client: Client, topic: LiveTopic, after: LiveCursor | None) -> None:
        """Tell a client of a topic from a place on; without one a topic of one execution from all that is kept on."""
        self.unsubscribe(client, topic.name)
        if after is not None and not self._ring.reaches(after):
            self._tell_gap(client, topic.name)
            return
        order = self._beginning(topic) if after is None else self._ring.order_of(after)
        subscription = Subscription(topic, after, order)
        client.subscriptions[topic.name] = subscription
        client.notify(notice(topic.name, SUBSCRIBED, after or self._cursor_before(topic)))
        client.wake(subscription)
        self._listening.setdefault(topic.name, {})[subscription] = client

    def unsubscribe(self, client: Client, topic: str) -> None:
        """End a subscription: nothing more of it is sent."""
        subscription = client.subscriptions.pop(topic, None)
        if subscription is None:
            return
        client.settled(subscription)
        listening = self._listening[topic]
        del listening[subscription]
        if not listening:
            del self._listening[topic]

    def miss(self, topics: Iterable[str] | None = None) -> None:
        """Tell who listens to some topics, or to any, that they missed something."""
        for topic in list(self._listening if topics is None else topics):
            for client in list(self._listening.get(topic, {}).values()):
                self.unsubscribe(client, topic)
                self._tell_gap(client, topic)

    def tell(self, kept: Kept) -> None:
        """Wake who listens for an entry."""
        names = topics_of(kept.execution_id) + ([ALL.name] if kept.heard is not None else [])
        for name in names:
            for subscription, client in self._listening.get(name, {}).items():
                if not client.waits(subscription):
                    subscription.told_order = kept.order - 1
                    client.wake(subscription)

    async def take(self, client: Client) -> list[Message]:
        """Wait for messages to a client and return some; an empty list is the end."""
        while True:
            if found := self.take_ready(client):
                return found
            if client.closed:
                return []
            await client.until_woken()

    def take_ready(self, client: Client) -> list[Message]:
        """Return some of the messages that wait for a client."""
        found = list(client.notices)
        client.notices.clear()
        while len(found) < AT_ONCE and (subscription := client.next_waiting()) is not None:
            if not self._read(client, subscription, found):
                self._tell_gap(client, subscription.topic.name)
                self.unsubscribe(client, subscription.topic.name)
                found += client.notices
                client.notices.clear()
        return found

    def result_place(self, execution_id: str) -> Place | None:
        """Return where an execution's result stands, None where it is not among what is kept."""
        return self._ring.result_place(execution_id)

    def heard(self) -> LiveCursor:
        """Return how far all sources were heard."""
        return LiveCursor(dict(self._ring.heard))

    async def until_heard(self, cursor: LiveCursor, within_s: float) -> bool:
        """Wait until all up to a cursor was heard; tell whether it was in time."""
        if self._has_heard(cursor):
            return True
        awaited: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._awaited[awaited] = cursor
        await asyncio.wait([awaited], timeout=within_s)
        self._awaited.pop(awaited, None)
        return awaited.done()

    def advanced(self) -> None:
        """Know that more was heard, whether it is told or not."""
        for awaited, cursor in list(self._awaited.items()):
            if not awaited.done() and self._has_heard(cursor):
                awaited.set_result(None)

    def _has_heard(self, cursor: LiveCursor) -> bool:
        return all(self._ring.heard.get(source, place) >= place for source, place in cursor.places.items())

    def _read(self, client: Client, subscription: Subscription, found: list[Message]) -> bool:
        """Add messages of a subscription, entry by entry; tell whether all that it wants was still kept."""
        if not self._ring.has_all(subscription.topic, subscription.told_order):
            return False
        for kept in self._ring.entries(subscription.topic, subscription.told_order):
            if len(found) >= AT_ONCE:
                return True
            subscription.told_order = kept.order
            found += [
                message
                for place, message in self._messages(kept, subscription.topic)
                if subscription.is_new(kept.source.name, place)
            ]
        client.settled(subscription)
        return True

    def _messages(self, kept: Kept, topic: LiveTopic) -> Printed:
        key = (kept.order, topic.kind)
        found = self._printed.get(key)
        if found is None:
            found = [(event.place, _printed(topic, kept, event)) for event in kept.events() if _carries(topic, event)]
            self._printed[key] = found
            if len(self._printed) > PRINTED:
                self._printed.popitem(last=False)
        return found

    def _beginning(self, topic: LiveTopic) -> int:
        return self._ring.last_order if topic.kind == "events" else self._ring.dropped_order

    def _cursor_before(self, topic: LiveTopic) -> LiveCursor:
        """Return the place at which a subscription without a cursor begins."""
        return self.heard() if topic.kind == "events" else LiveCursor(_of_feed(self._ring.floors))

    def _tell_gap(self, client: Client, topic: str) -> None:
        gaps.inc()
        client.notify(notice(topic, GAP, LiveCursor(_of_feed(self._ring.heard))))


def _carries(topic: LiveTopic, event: Event) -> bool:
    if topic.kind == "events":
        return event.type in LIFECYCLE
    if event.type == LOG_LINE:
        return topic.kind in {"logs", "all"}
    return event.type == COMPLETED or (event.type != REQUESTED and topic.kind in {"execution", "all"})


def _printed(topic: LiveTopic, kept: Kept, event: Event) -> Message:
    """Print an event with the cursor that leads on from it in this topic."""
    here = {kept.source.name: event.place}
    if kept.heard is None or (kept.source.topic is EVENTS and topic.kind != "events"):
        return event.message(topic.name, LiveCursor(here))
    if topic.kind == "events":
        return event.in_brief().message(topic.name, LiveCursor({**kept.heard, **here}))
    return event.message(topic.name, LiveCursor({**_of_feed(kept.heard), **here}))


def _of_feed(places: Mapping[str, Place]) -> dict[str, Place]:
    return {name: place for name, place in places.items() if name in _FEED}
