"""What clients are told: events, read from the entries that hold them, and printed as messages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from pydantic_core import from_json, to_json

from testmesh_contracts.live import LiveCursor, Place, Source
from testmesh_contracts.topics import EVENTS, RESULTS

LOG_LINE = "log.line"
REQUESTED = "execution.requested"
COMPLETED = "execution.completed"
LIFECYCLE = frozenset((REQUESTED, "execution.delayed", "execution.started", COMPLETED))
"""What the topic `events` tells of all executions."""
_TIMES = ("at", "finished_at", "started_at")


class Message(NamedTuple):
    """What a client is sent, and what of it a sender must know."""

    type: str
    cursor: str | None
    text: str

    @classmethod
    def of(
        cls, topic: str | None, kind: str, cursor: str | None, time: str | None, data: Mapping[str, Any]
    ) -> "Message":
        """Print a message as JSON."""
        said = {"topic": topic, "id": cursor, "type": kind, "time": time, "data": data}
        return cls(kind, cursor, to_json(said, inf_nan_mode="null").decode())


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `data` is as its message in the contracts has it, without the type."""

    type: str
    place: Place
    data: Mapping[str, Any]

    def message(self, topic: str, cursor: LiveCursor) -> "Message":
        """Print it as the message of a topic."""
        time = next((found for name in _TIMES if isinstance(found := self.data.get(name), str)), None)
        return Message.of(topic, self.type, str(cursor), time, self.data)

    def in_brief(self) -> "Event":
        """Return it without the plan, which may be long and is of use beside the steps alone."""
        return Event(self.type, self.place, {name: value for name, value in self.data.items() if name != "planned"})


@dataclass(frozen=True, slots=True)
class Pack:
    """The body of an entry of `executions.events`: events of one run, in order."""

    execution_id: str
    run: int
    fence: int
    events: list[dict[str, Any]]

    @classmethod
    def read(cls, body: bytes) -> "Pack":
        """Read what a runner wrote.

        Raises:
            ValueError, KeyError, TypeError: nobody of ours wrote it.
        """
        said = from_json(body)
        events = said["events"]
        if not events or any(type(one["seq"]) is not int or type(one["event"]["type"]) is not str for one in events):
            raise ValueError("a pack without events, or an event without its seq or type")
        return cls(str(said["execution_id"]), int(said["run"]), int(said["fence"]), events)

    @property
    def first_seq(self) -> int:
        return int(self.events[0]["seq"])

    @property
    def last_seq(self) -> int:
        return int(self.events[-1]["seq"])

    def has_lifecycle(self, first: int) -> bool:
        return any(one["event"]["type"] in LIFECYCLE for one in self.events[first:])

    def told(self, place: Place, first: int) -> Iterator[Event]:
        """Give the events from an index on."""
        for index in range(first, len(self.events)):
            one = self.events[index]
            data = {"execution_id": self.execution_id, "run": self.run, "seq": one["seq"], **one["event"]}
            yield Event(data.pop("type"), place._replace(event=index), data)


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry of the feed as it was heard; its events are read when somebody listens."""

    source: Source
    place: Place
    execution_id: str
    body: bytes
    first: int
    """Index of the first event that was new."""
    heard: Mapping[str, Place] | None
    """How far each source was heard then; for what the topic `events` tells alone."""
    heard_at: float = 0.0
    order: int = 0

    def events(self) -> Iterator[Event]:
        """Give its new events, in order."""
        if self.source.topic is EVENTS:
            yield from Pack.read(self.body).told(self.place, self.first)
        elif self.source.topic is RESULTS:
            data = dict(read_result(self.body))
            yield Event(data.pop("type"), self.place, data)
        else:
            yield Event(REQUESTED, self.place, {"execution_id": self.execution_id, "priority": self.source.name})


def read_result(body: bytes) -> dict[str, Any]:
    """Read the fact in a CloudEvents envelope.

    Raises:
        ValueError, KeyError, TypeError: it is none.
    """
    data = from_json(body)["data"]
    if not isinstance(data["execution_id"], str) or data["type"] != COMPLETED:
        raise ValueError("a result without its execution")
    return dict(data)
