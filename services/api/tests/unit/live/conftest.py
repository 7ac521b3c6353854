"""A hub with its ear, fed by hand, and a client that keeps what it is told."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from testmesh_api.live.ear import Ear
from testmesh_api.live.hub import Hub
from testmesh_api.live.ring import Ring
from testmesh_api.live.subscriptions import Client
from testmesh_api.live.topics import read_topic
from testmesh_contracts.live import SOURCES, LiveCursor

STREAMS = {source.name: source.stream for source in SOURCES}


@dataclass
class Listener:
    """Takes all that it is told when it is asked to read, and remembers its last cursor."""

    hub: Hub
    client: Client
    topic: str
    told: list[dict[str, Any]] = field(default_factory=list)

    def read(self) -> list[dict[str, Any]]:
        while messages := self.hub.take_ready(self.client):
            self.told += [json.loads(message.text) for message in messages]
        return self.told

    def leave(self) -> None:
        self.hub.leave(self.client)

    def events(self) -> list[dict[str, Any]]:
        return [one for one in self.read() if not one["type"].startswith("stream.")]

    def kinds(self) -> list[str]:
        return [one["type"] for one in self.read()]

    @property
    def cursor(self) -> str:
        return [one["id"] for one in self.read() if one["id"] is not None][-1]


@dataclass
class Feed:
    """Says things on the streams of the live feed, one entry a millisecond."""

    ear: Ear
    hub: Hub
    ring: Ring
    now: list[float]
    outdated: list[UUID]
    ms: int = 1000
    seqs: dict[str, int] = field(default_factory=dict)

    def entry(self, source: str, fields: dict[bytes, bytes]) -> None:
        self.ms += 1
        self.ear.hear(STREAMS[source], f"{self.ms}-0", fields)

    def pack(self, execution: str, events: list[dict[str, Any]], *, first: int, fence: int = 1, run: int = 1) -> None:
        placed = [{"seq": first + index, "event": event} for index, event in enumerate(events)]
        body = {"type": "execution.events", "execution_id": execution, "run": run, "fence": fence, "events": placed}
        fields = {b"type": b"execution.events", b"execution": execution.encode(), b"body": json.dumps(body).encode()}
        self.entry("0", fields)

    def say(self, execution: str, *kinds: str, **more: Any) -> None:
        """Say the run's next events in one pack."""
        first = self.seqs.get(execution, 0) + 1
        self.seqs[execution] = first + len(kinds) - 1
        self.pack(execution, [{"type": kind, "at": "2026-01-01T00:00:00Z", **more} for kind in kinds], first=first)

    def complete(self, execution: str, status: str = "passed") -> None:
        data = {"type": "execution.completed", "execution_id": execution, "status": status}
        body = json.dumps({"specversion": "1.0", "data": data}).encode()
        self.entry("results", {b"type": b"execution.completed", b"body": body})

    def request(self, execution: str) -> None:
        self.entry("normal", {b"type": b"execution.requested", b"execution": execution.encode(), b"body": b"{"})

    def listen(self, topic: str, after: str | None = None) -> Listener:
        listener = Listener(self.hub, self.hub.join(), topic)
        self.subscribe(listener, topic, after)
        return listener

    def subscribe(self, listener: Listener, topic: str, after: str | None = None) -> None:
        found = read_topic(topic)
        assert found is not None
        self.hub.subscribe(listener.client, found, None if after is None else LiveCursor.parse(after))


@pytest.fixture
def make_feed() -> Callable[..., Feed]:
    def make(seconds: float = 60.0, most_bytes: int = 2**20) -> Feed:
        now = [0.0]
        ring = Ring(seconds, most_bytes, clock=lambda: now[0], wall=lambda: 1.0)
        hub = Hub(ring)
        outdated: list[UUID] = []
        ear = Ear(hub, ring, outdated.append)
        for stream in STREAMS.values():
            ear.begin(stream, "1000-0")
        return Feed(ear, hub, ring, now, outdated)

    return make


@pytest.fixture
def feed(make_feed: Callable[..., Feed]) -> Feed:
    return make_feed()
