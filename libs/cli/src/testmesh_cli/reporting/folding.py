"""Many steps that did not run for one reason are one line: who cancels a long flow reads what ran."""

from testmesh_cli.reporting.failures import FlowText
from testmesh_cli.reporting.paper import Line, Span
from testmesh_cli.reporting.steps import is_not_run, step_lines, symbol
from testmesh_cli.reporting.values import one_line
from testmesh_contracts.events import StepFinished

RUNS_A_FLOW = "run_flow"
MOST = 5
"""As many lines in a row are told one by one."""


class FoldedSteps:
    """Turns steps into lines. Equal "not run" steps in a row are kept until another thing comes."""

    def __init__(self, text: FlowText) -> None:
        self._text = text
        self._kept: list[StepFinished] = []
        self._calls: set[str] = set()

    def begins(self, path: str, action: str) -> None:
        """Hear of a step before those inside it: the lines of a flow that it runs are not lines of this one."""
        if action == RUNS_A_FLOW:
            self._calls.add(path)

    def add(self, step: StepFinished) -> list[Line]:
        """Return the lines that are to be written now."""
        if not is_not_run(step):
            return self.rest() + step_lines(step, self._text_of(step))
        lines = self.rest() if self._kept and _kind(self._kept[0]) != _kind(step) else []
        self._kept.append(step)
        return lines

    def rest(self) -> list[Line]:
        """Return the lines of the steps that were kept; they then are told."""
        kept, self._kept = self._kept, []
        if len(kept) <= MOST:
            return [line for step in kept for line in step_lines(step, self._text_of(step))]
        first = kept[0]
        phase = "" if first.phase == "steps" else f" ({first.phase})"
        why = one_line(first.error_message or "not run")
        return [[Span(_indent(first)), symbol("skipped"), Span(f"{len(kept)} steps{phase} {why}", "dim")]]

    def _text_of(self, step: StepFinished) -> FlowText:
        around = [path for path in self._calls if step.path.startswith(f"{path}/")]
        return FlowText(f"the flow of {max(around, key=len)}", None, self._text.width) if around else self._text


def _kind(step: StepFinished) -> tuple[str, str, str | None]:
    return _indent(step), step.phase, step.error_message


def _indent(step: StepFinished) -> str:
    return "  " * (1 + step.path.count("/"))
