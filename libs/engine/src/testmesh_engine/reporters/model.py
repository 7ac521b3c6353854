"""What a report tells of, whoever ran it: a run, its flows, their steps as the engine's events have them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from testmesh_contracts.events import LogLine, StepFinished
from testmesh_contracts.message import TerminalStatus

ReportStatus = TerminalStatus | Literal["not_run"]
NOT_GREEN = frozenset(("failed", "error"))


class Artifact(NamedTuple):
    """A file that a step left; `file` is where it can be read while the report is written."""

    name: str
    content_type: str
    size_bytes: int
    sha256: str
    step_path: str | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True)
class FlowReport:
    """How one flow ended, and all that happened in it, secrets already masked by who ran it."""

    file: str
    name: str
    status: ReportStatus
    suite: str | None = None
    tags: Sequence[str] = ()
    error_code: str | None = None
    error_message: str | None = None
    warnings: Sequence[str] = ()
    started_at: datetime | None = None
    duration_ms: float | None = None
    """None where nobody can say."""
    steps: Sequence[StepFinished] = ()
    """In the order of their starts."""
    source: str = ""
    """The flow as its author wrote it, to show places in; empty where there is none to show."""
    execution_id: str | None = None
    outputs: Mapping[str, Any] = field(default_factory=dict)
    logs: Sequence[LogLine] = ()
    logs_left_out: int = 0
    artifacts: Sequence[Artifact] = ()
    repetition: int | None = None
    """Which time it was, from 1, where a flow was run several times; each is a result of its own."""
    environment: str | None = None
    seed: int | None = None
    command_again: str | None = None
    awaited: frozenset[tuple[str, int]] = frozenset()
    """Id and line of the steps with `eventually`: that they are tried often is how they wait, not a weakness."""

    @property
    def title(self) -> str:
        return self.name if self.repetition is None else f"{self.name} (repetition {self.repetition})"


class RunReport(NamedTuple):
    """A whole run. `exit_code` is what the command ends with: where it is not 0, no report may look green."""

    flows: Sequence[FlowReport]
    exit_code: int
    started_at: datetime
    duration_ms: float
    version: str = ""

    @property
    def not_green(self) -> str:
        """Say of a run that did not end with 0, and has no red flow, what is to be thought of it."""
        return f"the run ended with exit code {self.exit_code}: it is not known to be green"

    @property
    def has_red(self) -> bool:
        return any(flow.status in ("failed", "error", "cancelled") for flow in self.flows)
