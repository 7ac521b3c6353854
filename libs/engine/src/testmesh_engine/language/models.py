"""A flow as it is carried out: read, checked, compiled, immutable."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from testmesh_contracts.events import PlannedStep
from testmesh_contracts.message import OnRunnerLost, Phase, Priority
from testmesh_engine.expressions import Expression, Selector, Template
from testmesh_engine.language.controls import Control
from testmesh_engine.language.diagnostics import Diagnostic
from testmesh_engine.language.later import LaterPart
from testmesh_sdk import ActionConfig

Reason = Literal["error", "assertion", "timeout"]
InputType = Literal["string", "number", "integer", "boolean", "list", "map", "any"]

FLOW_TIMEOUT_S = 600.0
QUEUE_TIMEOUT_S = 3600.0
TEARDOWN_TIMEOUT_S = 60.0


class Assertion(NamedTuple):
    """What must hold after a step, and the message that its author gave it."""

    expression: Expression
    message: Template | None
    line: int
    column: int


class Output(NamedTuple):
    """A variable that a step sets."""

    name: str
    selector: Selector
    secret: bool = False


class Retry(NamedTuple):
    """How often a step that did not pass is tried again, and how long it waits before."""

    max_attempts: int
    delay: float
    backoff: str
    max_delay: float
    on: frozenset[str]

    def pause_after(self, attempt: int) -> float:
        """Return the seconds between an attempt (from 1) and the next."""
        if self.backoff == "exponential":
            return min(self.delay * 2.0 ** min(attempt - 1, 60), self.max_delay)
        return min(self.delay, self.max_delay)


class Eventually(NamedTuple):
    """How long, and how often, a step is repeated until its assertions hold, and what makes that hopeless."""

    within: float
    every: float
    fail_fast: Expression | None = None


class Step(NamedTuple):
    """One step; `settings` is its config already validated where nothing in it is a reference."""

    id: str
    name: str
    name_template: Template | None
    description: str
    action: str
    phase: Phase
    config: Template
    settings: ActionConfig | None
    assertions: tuple[Assertion, ...]
    outputs: tuple[Output, ...]
    when: Expression | None
    retry: Retry | None
    eventually: Eventually | None
    timeout: float | None
    goes_on: bool
    allow_failure: bool
    tags: tuple[str, ...]
    disabled: bool
    line: int
    column: int
    pointer: str = ""
    """JSON Pointer to the step in its document."""
    files: tuple[tuple[str, str], ...] = ()
    """What its config names of files, without references: where in it, and the path."""
    later: tuple[LaterPart, ...] = ()
    """What of its config the action evaluates while it runs."""
    control: Control | None = None
    rescue: "Step | None" = None
    """A group that runs where this step did not pass."""
    implied: bool = False
    """Whether no author wrote this step: it stands for a branch, or for what `on_error` does."""

    def inner(self) -> "Iterator[Step]":
        """Yield the steps directly inside this one."""
        if self.control is not None:
            for block in self.control.blocks():
                yield from block
        if self.rescue is not None:
            yield self.rescue


def with_inner(steps: Iterable[Step]) -> Iterator[Step]:
    """Yield steps and all that is inside them, in the order of the source."""
    for step in steps:
        yield step
        yield from with_inner(step.inner())


class Data(NamedTuple):
    """The rows that a flow is carried out for: written in it, or in a file beside it."""

    rows: tuple[Template, ...]
    file: str | None
    line: int
    column: int
    pointer: str
    """JSON Pointer to `data` in the flow's document."""
    columns: frozenset[str] = frozenset()
    """What the rows are known to have: those of a file only where whoever read the flow had read that, too."""


class Concurrency(NamedTuple):
    """What runs share, and what becomes of one while another has it; whoever starts runs sees to it."""

    key: Template
    policy: str


class Input(NamedTuple):
    """A typed parameter of a flow."""

    name: str
    type: str
    required: bool
    secret: bool
    default: Any
    has_default: bool
    description: str


@dataclass(frozen=True, slots=True)
class Flow:
    """A checked flow. `digest` is the SHA-256 of its source, `definition` the source as plain values."""

    name: str
    version: int
    description: str
    suite: str | None
    tags: tuple[str, ...]
    env: dict[str, Template]
    env_file: str | None
    inputs: tuple[Input, ...]
    setup: tuple[Step, ...]
    steps: tuple[Step, ...]
    teardown: tuple[Step, ...]
    timeout: float
    queue_timeout: float
    environment: str | None
    priority: Priority
    on_runner_lost: OnRunnerLost
    max_runs: int
    outputs: dict[str, Expression]
    digest: str
    size_bytes: int
    file: str
    definition: dict[str, Any] = field(repr=False)
    requires: tuple[Step, ...] = ()
    data: Data | None = None
    concurrency: Concurrency | None = None
    secret_outputs: frozenset[str] = frozenset()
    calls: tuple["Step", ...] = ()
    """The steps, wherever they are, that run another flow."""
    notes: tuple[Diagnostic, ...] = ()
    """What is not wrong, and still worth a word: accepted spellings, names that nothing here defines."""

    def phases(self) -> tuple[Step, ...]:
        """Return requires, setup, steps and teardown, in order, without what is inside them."""
        return self.requires + self.setup + self.steps + self.teardown

    def all_steps(self) -> tuple[Step, ...]:
        """Return every step that an author wrote, in the order in which they run, what is inside behind its step."""
        return tuple(step for step in with_inner(self.phases()) if not step.implied)

    def steps_planned(self) -> list[PlannedStep]:
        """Return what the flow will come to, known before it starts; what a loop repeats is there once."""
        return list(_planned(self.phases(), ""))


def _planned(steps: Iterable[Step], parent: str) -> Iterator[PlannedStep]:
    for step in steps:
        path = f"{parent}{step.id}"
        yield PlannedStep(path=path, step_id=step.id, name=step.name, action=step.action, phase=step.phase)
        yield from _planned(step.inner(), f"{path}/")
