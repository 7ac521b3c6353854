"""What the run says to the person, and the person to the run."""

from dataclasses import dataclass
from typing import Literal

from testmesh_cli.reporting.report import StepEvent
from testmesh_cli.running.result import FlowResult
from testmesh_contracts.events import StepFinished
from testmesh_engine.executor import Standpoint

Why = Literal["start", "step", "breakpoint", "failure", "interrupt"]


class TerminatedError(KeyboardInterrupt):
    """The process was told to end, by another signal than that of Ctrl-C."""


@dataclass(frozen=True, slots=True)
class Held:
    """The run waits for an answer, before a step or (`ended`) after it."""

    here: Standpoint
    why: Why
    ended: StepFinished | None
    around: tuple[Standpoint, ...] = ()
    """The steps that this one is inside of, the outermost first."""


@dataclass(frozen=True, slots=True)
class Over:
    """The run has ended, or could not be begun."""

    result: FlowResult | None
    fault: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Ctrl-C, or (`is_to_end`) the signal that ends processes, while nobody was asked for a command."""

    is_to_end: bool


News = Held | StepEvent | Interrupted | Over


@dataclass(frozen=True, slots=True)
class Go:
    """Go on; `depth` says until where: to the next step however deep, to the next so deep at most, or on and on."""

    depth: int | Literal["any", "none"]


@dataclass(frozen=True, slots=True)
class Skip:
    """Pass by the step that is due."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Try the step that has just run again."""


@dataclass(frozen=True, slots=True)
class Leave:
    """End the run; its teardown is carried out."""


Answer = Go | Skip | Retry | Leave
