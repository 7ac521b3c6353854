"""What a runner has taken on: one run of one execution, under one claim."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from testmesh_contracts.executions import ExecutionRequested

Verdict = Literal["run", "cancelled", "queue_timeout", "runner_lost"]


@dataclass(frozen=True, slots=True)
class Assignment:
    """One run that this runner holds. `verdict` says whether to run it or to end it unrun."""

    execution_id: UUID
    run: int
    claim: int
    request: ExecutionRequested
    trace: str | None = None
    verdict: Verdict = "run"
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class EndedRun:
    """A run whose end is written and not yet confirmed: it is only said again, never run again."""

    execution_id: UUID
    run: int
    claim: int
    terminal: bytes
    last_seq: int
    trace: str | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a run, as it is written to its row before it is said."""

    execution_id: UUID
    claim: int
    terminal: bytes
    last_seq: int


@dataclass(frozen=True, slots=True)
class Release:
    """A run that is given back; `started` says whether anything of it may have happened."""

    execution_id: UUID
    claim: int
    started: bool
