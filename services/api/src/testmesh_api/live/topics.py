"""What clients subscribe to: one execution, its log lines, both, or what becomes of all executions."""

import re
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

_EXECUTION = re.compile(r"execution:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?::(logs|all))?", re.ASCII)

Kind = Literal["execution", "logs", "all", "events"]
_KINDS: dict[str | None, Kind] = {None: "execution", "logs": "logs", "all": "all"}


@dataclass(frozen=True, slots=True)
class LiveTopic:
    """A topic of the live feed; `execution_id` is empty for that of all executions."""

    name: str
    kind: Kind
    execution_id: str = ""

    @classmethod
    def of(cls, execution_id: UUID | str, kind: Kind) -> "LiveTopic":
        """Return a topic of one execution."""
        name = f"execution:{execution_id}"
        return cls(name if kind == "execution" else f"{name}:{kind}", kind, str(execution_id))


ALL = LiveTopic("events", "events")


def read_topic(name: str) -> LiveTopic | None:
    """Return the topic of a name, None where there is none of it."""
    if name == ALL.name:
        return ALL
    found = _EXECUTION.fullmatch(name)
    return None if found is None else LiveTopic.of(found[1], _KINDS[found[2]])


def topics_of(execution_id: str) -> list[str]:
    """Return the names of the topics of one execution."""
    return [LiveTopic.of(execution_id, kind).name for kind in _KINDS.values()]
