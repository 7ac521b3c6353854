"""A failure in plain text: what was asserted, where in the flow, the values, and where they differ."""

from dataclasses import dataclass

from testmesh_contracts.events import AssertionOutcome, StepFinished
from testmesh_engine.reporters.error_place import error_place
from testmesh_engine.reporters.expected import expected_value
from testmesh_engine.reporters.model import FlowReport
from testmesh_engine.reporters.verdicts import Verdicts
from testmesh_engine.reporters.wording import cut, legal, one_line, shown_duration, shown_value, step_title

LONGEST_VALUE = 2_000
LONGEST_LINE = 300
LONGEST_MESSAGE = 8_000
_BEFORE_ASSERTION = "; assertion failed: "
_OF_ASSERTION = ("assertion failed: ", "assertion ")


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a source: the line as it was written, cut where it is long, and the sign that the caret is below."""

    line: int
    column: int
    text: str
    caret: int


class Places:
    """Finds places in the source of a flow; of the flows that it calls there is no text here."""

    def __init__(self, flow: FlowReport) -> None:
        self._source = flow.source
        self._lines = flow.source.removeprefix("\ufeff").splitlines()
        self._verdicts = Verdicts(flow)
        self._label = flow.file

    def of(self, step: StepFinished) -> tuple[int | None, int | None]:
        """Return line and column of what broke down in a step: of the output or value that its error names."""
        return (step.line, step.column) if self._verdicts.calling(step) else error_place(step, self._source)

    def at(self, step: StepFinished, line: int | None, column: int | None) -> Place | None:
        if line is None or not 1 <= line <= len(self._lines) or self._verdicts.calling(step) is not None:
            return None
        written, at = self._lines[line - 1], max((column or 1) - 1, 0)
        start = max(0, at - LONGEST_LINE // 2) if len(written) > LONGEST_LINE else 0
        head = "…" if start else ""
        tail = "…" if start + LONGEST_LINE < len(written) else ""
        text = f"{head}{legal(written[start : start + LONGEST_LINE])}{tail}"
        before = f"{head}{legal(written[start:at])}"
        return Place(line, column or 1, text.expandtabs(2), len(before.expandtabs(2)))

    def label(self, step: StepFinished, line: int | None, column: int | None) -> str | None:
        """Name a place; of a step of a called flow, the step that called it and the line there."""
        if line is None:
            return None
        calling = self._verdicts.calling(step)
        whose = self._label if calling is None else f"the flow that {calling.path} calls"
        return one_line(f"{whose}:{line}:{column or 1}")

    def lines(self, step: StepFinished, line: int | None, column: int | None, indent: str) -> list[str]:
        label, place = self.label(step, line, column), self.at(step, line, column)
        if label is None:
            return []
        if place is None:
            return [f"{indent}{label}"]
        margin = f"{indent}  {place.line} | "
        return [f"{indent}{label}", f"{margin}{place.text}", f"{' ' * (len(margin) - 2)}| {' ' * place.caret}^"]


def explained(step: StepFinished, places: Places) -> list[str]:
    """Explain a step that did not pass."""
    sign = "✗" if step.status == "failed" else "⚠"
    tries = f", {step.retry_count + 1} attempts" if step.retry_count else ""
    lines = [
        f"{sign} {step_title(step)}  ({one_line(step.path)}, {step.action}, {shown_duration(step.duration_ms)}{tries})"
    ]
    broken = [outcome for outcome in step.assertions if not outcome.holds]
    # What an assertion says is said once, at its own place.
    said = (step.error_message or "").partition(_BEFORE_ASSERTION)[0] if broken else step.error_message or ""
    if said and not (broken and said.startswith(_OF_ASSERTION)):
        lines += paragraph(f"{step.error_code} {said}" if step.error_code else said, "    ")
    if not broken:
        lines += places.lines(step, *places.of(step), "    ")
    for outcome in broken:
        lines += _assertion(step, outcome, places)
    return lines


def _assertion(step: StepFinished, outcome: AssertionOutcome, places: Places) -> list[str]:
    lines = [f"    ✗ {one_line(outcome.expression)}"]
    lines += paragraph(outcome.message or "", "      ")
    lines += places.lines(step, outcome.line, outcome.column, "      ")
    lines += paragraph(outcome.error or "", "        ")
    expected = expected_value(outcome)
    names = [operand.text for operand in outcome.operands] + ([] if expected is None else ["expected"])
    width = max(map(len, names), default=0)
    for operand in outcome.operands:
        lines.append(f"        {one_line(operand.text):<{width}} = {shown_value(operand.value, LONGEST_VALUE)}")
    lines += [] if expected is None else [f"        {'expected':<{width}}   {legal(expected)}"]
    return lines + [f"        {cut(one_line(line), LONGEST_VALUE)}" for line in outcome.difference]


def paragraph(words: str, indent: str) -> list[str]:
    return [f"{indent}{legal(line)}" for line in cut(words, LONGEST_MESSAGE).splitlines() if line.strip()]


def why(flow: FlowReport) -> str:
    """Say in one line why a flow ended as it did."""
    if flow.status == "not_run":
        return f"not run: {one_line(flow.error_message or 'the run ended before its turn')}"
    said = one_line(flow.error_message or "")
    if not said:
        return "no reason was given" if flow.status != "cancelled" else "the run was cancelled"
    has_code = flow.error_code and flow.error_code not in said and flow.error_code != flow.status
    return f"{flow.error_code} {said}" if has_code else said


def flow_explained(flow: FlowReport) -> list[str]:
    """Explain a flow that did not pass: its reason, then each step that is a cause, then how to run it again."""
    if flow.status == "passed":
        return []
    places = Places(flow)
    lines = [f"{flow.status.replace('_', ' ')}: {why(flow)}"]
    for step in Verdicts(flow).causes():
        lines += ["", *explained(step, places)]
    return lines + (["", f"run it again: {one_line(flow.command_again)}"] if flow.command_again else [])
