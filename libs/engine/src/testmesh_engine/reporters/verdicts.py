"""What steps say of their flow: which are the cause of its end, which only passed in the end."""

from collections.abc import Mapping, Sequence

from testmesh_contracts.events import Attempt, StepFinished
from testmesh_engine.reporters.model import NOT_GREEN, FlowReport


class Verdicts:
    """Judges the steps of one flow by what they are in."""

    def __init__(self, flow: FlowReport) -> None:
        self._flow = flow
        self._by_path: Mapping[str, StepFinished] = {step.path: step for step in flow.steps}

    def ancestors(self, step: StepFinished) -> Sequence[StepFinished]:
        """Return what a step is in, the innermost first."""
        found, parent = list[StepFinished](), step.parent_path
        while parent is not None and (above := self._by_path.get(parent)) is not None and above not in found:
            found.append(above)
            parent = above.parent_path
        return found

    def is_tolerated(self, step: StepFinished) -> bool:
        """Say whether a step that did not pass left what it is in as it was: it was allowed to, or tried again."""
        if step.status not in NOT_GREEN:
            return False
        return self._flow.status == "passed" or any(above.status == "passed" for above in self.ancestors(step))

    def causes(self) -> list[StepFinished]:
        """Return the innermost steps that made the flow end as it did."""
        bad = [step for step in self._flow.steps if step.status in NOT_GREEN and not self.is_tolerated(step)]
        outer = {step.parent_path for step in bad}
        return [step for step in bad if step.path not in outer or any(not one.holds for one in step.assertions)]

    def calling(self, step: StepFinished) -> StepFinished | None:
        """Return the outermost step that called the flow which a step is of; none for a step of this flow."""
        called = [above for above in self.ancestors(step) if above.action == "run_flow"]
        return called[-1] if called else None

    def weak_attempts(self, step: StepFinished) -> list[Attempt]:
        """Return the tries of a step that passed in the end which did not; none of a step that waits by trying."""
        if step.status != "passed" or (step.step_id, step.line or 0) in self._flow.awaited:
            return []
        return [tried for tried in step.attempts if tried.status in NOT_GREEN]

    def flaky(self) -> list[tuple[StepFinished, Attempt]]:
        """Return each failed try that a pass of the flow goes back to."""
        if self._flow.status != "passed":
            return []
        return [(step, tried) for step in self._flow.steps for tried in self.weak_attempts(step)]
