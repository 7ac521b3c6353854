"""What all steps of one run share, whatever step or flow they are in."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from testmesh_contracts.events import AssertionOutcome
from testmesh_engine.executor.options import RunOptions
from testmesh_engine.executor.place import Place
from testmesh_engine.executor.recorder import Record, Recorder
from testmesh_engine.expressions import Generators
from testmesh_engine.language.controls import Steps
from testmesh_engine.language.models import Flow, Step
from testmesh_sdk import Resources

RunStep = Callable[[Step, Place], Awaitable[Record]]
Call = tuple[str, str, str]
"""File and digest of the flow that calls, and the reference by which it calls."""

MOST_WARNINGS = 50
MAX_RECORDED = 100_000
"""Steps that one run may record: loops in loops end there, loudly."""


@dataclass(slots=True)
class Course:
    """One run under way."""

    options: RunOptions
    recorder: Recorder
    generators: Generators
    always: Mapping[str, Any]
    run_step: RunStep = field(init=False)
    """Carries out one step; set once, so that control flow needs not know how steps are run."""
    called: dict[Call, Flow] = field(default_factory=dict)
    """Every flow that is called, known before the first step."""
    warnings: list[str] = field(default_factory=list)
    by_hand: list[str] = field(default_factory=list)
    """What a person did to the run, through a gate."""
    assertions_judged: int = 0
    own: Resources = field(default_factory=Resources)
    """What the run's actions opened for this run alone."""
    revoked: bool = False
    """Whether the run is to vanish: no teardown, nothing more."""

    def doubt(self, path: str, assertions: Iterable[AssertionOutcome]) -> None:
        """Warn of assertions that held without having looked at anything; of a loop's, the first ones are enough."""
        for outcome in assertions:
            for warning in outcome.warnings:
                self.warn(f"step {path}: {outcome.expression}: {warning}")

    def warn(self, said: str) -> None:
        """Keep a word on what held; of very many the first are enough."""
        if len(self.warnings) < MOST_WARNINGS:
            self.warnings.append(said)

    def as_now(self, steps: Steps, place: Place) -> Steps:
        """Return the steps that stand where these stood when the run began; without a gate, the same."""
        gate = self.options.gate
        return steps if gate is None else gate.as_now(steps, place)

    @property
    def is_exhausted(self) -> bool:
        return self.recorder.number >= MAX_RECORDED
