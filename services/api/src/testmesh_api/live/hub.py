"""The middle of the live feed: who listens to what, and telling them."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from prometheus_client import Counter, Gauge
from pydantic_core import to_json

from testmesh_api.live.events import COMPLETED, LIFECYCLE, LOG_LINE, REQUESTED, Event, Kept
from testmesh_api.live.outgoing import Outgoing, Subscription
from testmesh_api.live.ring import Ring
from testmesh_api.live.topics import ALL, LiveTopic, topics_of
from testmesh_contracts.live import SOURCES, LiveCursor, Place
from testmesh_contracts.topics import EVENTS, RESULTS

SUBSCRIBED = "stream.subscribed"
GAP = "stream.gap"
ERROR = "stream.error"
ALIVE = "stream.alive"
_FEED = [source.name for source in SOURCES if source.topic is EVENTS]

clients = Gauge("testmesh_live_clients", "Clients that listen to the live feed")
slow_clients = Counter("testmesh_live_slow_clients", "Clients that were let go because they read too slowly")
gaps = Counter("testmesh_live_gaps", "Subscriptions that were told to fetch a snapshot")


def notice(topic: str | None, kind: str, cursor: LiveCursor | None = None, **data: str) -> str:
    """Print a message of the server's own."""
    said = {"topic": topic, "id": None if cursor is None else str(cursor), "type": kind, "time": None, "data": data}
    return to_json(said).decode()


class Hub:
    """Tells those who subscribed what is heard, each event once and in order."""

    def __init__(self, ring: Ring) -> None:
        self._ring = ring
        self._listening: dict[str, set[Subscription]] = {}
        self._clients: set[Outgoing] = set()
        self._closed = False

    def join(self, outgoing: Outgoing) -> None:
        """Take a new client in."""
        self._clients.add(outgoing)
        clients.inc()
        if self._closed:
            outgoing.close()

    def leave(self, outgoing: Outgoing, subscriptions: Iterable[Subscription]) -> None:
        """Forget a client that has gone."""
        for subscription in subscriptions:
            self.unsubscribe(subscription)
        self._clients.remove(outgoing)
        clients.dec()
        if outgoing.too_slow:
            slow_clients.inc()

    def close(self) -> None:
        """Let all clients go, because the process ends: they come back to another one."""
        self._closed = True
        for outgoing in self._clients:
            outgoing.close()

    def subscribe(self, topic: LiveTopic, outgoing: Outgoing, after: LiveCursor | None) -> Subscription:
        """Tell a client of a topic from a place on; without one a topic of one execution from all that is kept on."""
        subscription = Subscription(topic, outgoing, after)
        if after is not None and not self._ring.reaches(after):
            self._end_with_gap(subscription)
            return subscription
        begins = notice(topic.name, SUBSCRIBED, after or self._beginning(topic))
        outgoing.replay(subscription, chain([begins], self._replay(subscription)))
        self._listening.setdefault(topic.name, set()).add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        subscription.ended = True
        listening = self._listening.get(subscription.topic.name)
        if listening is not None:
            listening.discard(subscription)
            if not listening:
                del self._listening[subscription.topic.name]

    def has_result(self, execution_id: str) -> bool:
        """Whether the result of an execution is among what is kept."""
        return any(kept.source.topic is RESULTS for kept in self._ring.of_execution(execution_id, None))

    def after_all(self) -> LiveCursor:
        """Return the place of what runners said last."""
        return LiveCursor(_of_feed(self._ring.heard))

    def miss(self) -> None:
        """Tell all who listen that they missed something."""
        for listening in list(self._listening.values()):
            for subscription in list(listening):
                self.unsubscribe(subscription)
                self._end_with_gap(subscription)

    def tell(self, kept: Kept) -> bool:
        """Tell who listens of an entry's events, each printed once; tell whether there is anybody."""
        names = topics_of(kept.execution_id) + ([ALL.name] if kept.heard is not None else [])
        wanted = [name for name in names if name in self._listening]
        if not wanted:
            return False
        events = list(kept.events())
        for name in wanted:
            listening = list(self._listening[name])
            topic = listening[0].topic
            for event in events:
                if _carries(topic, event):
                    self._push(listening, kept, event, _printed(topic, kept, event))
        return True

    def _push(self, listening: Iterable[Subscription], kept: Kept, event: Event, message: str) -> None:
        for subscription in listening:
            if subscription.is_new(kept.source.name, event.place):
                subscription.outgoing.push(subscription, message)

    def _replay(self, subscription: Subscription) -> Iterator[str]:
        """Give what is kept for a subscription as it is now, read while the client takes it."""
        topic, after = subscription.topic, subscription.after
        if topic.kind == "events":
            entries = [] if after is None else self._ring.lifecycle(after)
        else:
            entries = self._ring.of_execution(topic.execution_id, after)
        return (
            _printed(topic, kept, event)
            for kept in entries
            for event in kept.events()
            if _carries(topic, event) and subscription.is_new(kept.source.name, event.place)
        )

    def _beginning(self, topic: LiveTopic) -> LiveCursor:
        """Return where a subscription without a cursor begins."""
        return LiveCursor(dict(self._ring.heard) if topic.kind == "events" else _of_feed(self._ring.floors))

    def _end_with_gap(self, subscription: Subscription) -> None:
        gaps.inc()
        subscription.outgoing.push(None, notice(subscription.topic.name, GAP))
        subscription.ended = True


def _carries(topic: LiveTopic, event: Event) -> bool:
    if topic.kind == "events":
        return event.type in LIFECYCLE
    if event.type == LOG_LINE:
        return topic.kind in {"logs", "all"}
    return event.type == COMPLETED or (event.type != REQUESTED and topic.kind in {"execution", "all"})


def _printed(topic: LiveTopic, kept: Kept, event: Event) -> str:
    """Print an event with the cursor that leads on from it in this topic."""
    here = {kept.source.name: event.place}
    if kept.heard is None or (kept.source.topic is EVENTS and topic.kind != "events"):
        return event.message(topic.name, LiveCursor(here))
    if topic.kind == "events":
        return event.in_brief().message(topic.name, LiveCursor({**kept.heard, **here}))
    return event.message(topic.name, LiveCursor({**_of_feed(kept.heard), **here}))


def _of_feed(places: Mapping[str, Place]) -> dict[str, Place]:
    return {name: place for name, place in places.items() if name in _FEED}
