"""What a client of the live feed was told, checked: each event once, in order, none missing; and how late each was."""

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

from testmesh_contracts.live import LiveCursor

LIFECYCLE = ("execution.requested", "execution.started", "execution.completed")
HAPPENED = {
    "step.finished": "finished_at",
    "execution.started": "started_at",
    "execution.completed": "finished_at",
}
"""Types whose latency is measured, and the member of their data that says when it happened."""


class Tally:
    """What all clients together were told, and what was wrong with it."""

    def __init__(self) -> None:
        self.messages: Counter[str] = Counter()
        self.replayed = 0
        """Events from before their subscription: told once and in order too, but not late."""
        self.faults: Counter[str] = Counter()
        self.latencies_ms: defaultdict[str, list[float]] = defaultdict(list)


class TopicLog:
    """One topic of one client, from when it asked for it: an answer that comes late makes all behind it late."""

    def __init__(self, tally: Tally, asked_at: float) -> None:
        self._tally = tally
        self._asked_at = asked_at
        self._cursor = LiveCursor()
        self._is_subscribed = False
        self._seen: set[tuple[str, int, int, str]] = set()
        self.counts: Counter[str] = Counter()
        self.seq = 0
        """Of an execution's topic: the last event, counted without holes."""

    def take(self, message: dict[str, Any], received: float) -> None:
        kind = message["type"]
        if kind == "stream.subscribed":
            self._is_subscribed = True
        elif kind.startswith("stream."):
            self._tally.faults[kind] += 1
        else:
            self._take_event(kind, message, received)

    def _take_event(self, kind: str, message: dict[str, Any], received: float) -> None:
        data = message["data"]
        self._tally.messages[kind] += 1
        self.counts[kind] += 1
        self._advance(message["id"])
        key = (data["execution_id"], data.get("run", 0), data.get("seq", 0), kind)
        if key in self._seen:
            self._tally.faults["told twice"] += 1
        self._seen.add(key)
        if "seq" in data:
            self.seq, before = data["seq"], self.seq
            if message["topic"] != "events" and self.seq != before + 1:
                self._tally.faults["a hole between two events"] += 1
        if kind in HAPPENED:
            self._time(f"{'events' if message['topic'] == 'events' else 'execution'} {kind}", kind, data, received)

    def _advance(self, printed: str) -> None:
        """Each cursor leads on from the one before: forward in some source, backward in none."""
        cursor = LiveCursor.parse(printed)
        before = self._cursor.places
        if any(before.get(source, place) > place for source, place in cursor.places.items()) or all(
            before.get(source) == place for source, place in cursor.places.items()
        ):
            self._tally.faults["out of order"] += 1
        self._cursor = LiveCursor({**before, **cursor.places})

    def _time(self, name: str, kind: str, data: dict[str, Any], received: float) -> None:
        happened = datetime.fromisoformat(data[HAPPENED[kind]]).timestamp()
        if not self._is_subscribed:
            self._tally.faults["an event before stream.subscribed"] += 1
        elif happened < self._asked_at:
            self._tally.replayed += 1
        else:
            self._tally.latencies_ms[name].append((received - happened) * 1000)
