"""A failure, explained: what was asserted, where in the flow, the values, and where they differ."""

import re
from itertools import pairwise

from testmesh_cli.reporting.exchange import exchange_lines
from testmesh_cli.reporting.layout import cells, part_around, parts_around
from testmesh_cli.reporting.paper import Line, Span, visible
from testmesh_cli.reporting.values import one_line, shown_value
from testmesh_contracts.events import AssertionOutcome, StepFinished
from testmesh_engine.reporters.error_place import error_place
from testmesh_engine.reporters.expected import expected_value

ASSERTION_FAILED = "TM420"
_IS, _EXPECTED = "  is        ", "  expected  "
_CARETS = re.compile(r" *\^ +\^")
_WHERE = re.compile(r"(.*differs from character [0-9]+): is ", re.DOTALL)
_BEFORE_ASSERTION = "; assertion failed: "
"""What stands in a message before the assertion that is explained below it."""


class FlowText:
    """A flow as its author wrote it, to point into; without a text, places are named alone.

    Where what is told has a `width`, of a longer line the part round the place is shown.
    """

    def __init__(self, label: str, source: bytes | str | None, width: int | None = None) -> None:
        self.label = label
        self.width = width
        self.source = source.decode("utf-8", "replace") if isinstance(source, bytes) else source or ""
        self._lines = self.source.removeprefix("\ufeff").splitlines()

    def place(self, line: int | None, column: int | None, indent: str) -> list[Line]:
        """Return `file:line:column`, the line of the source, and a caret below it."""
        if line is None:
            return []
        found = [[Span(f"{indent}{visible(self.label)}:{line}:{column or 1}", "cyan")]]
        if 1 <= line <= len(self._lines):
            margin = f"{indent}  {line} | "
            written, before = self._around(self._lines[line - 1], (column or 1) - 1, len(margin))
            found.append([Span(margin, "dim"), Span(written)])
            found.append([Span(f"{' ' * (len(margin) - 2)}| ", "dim"), Span(f"{' ' * before}^", "red")])
        return found

    def _around(self, line: str, at: int, margin: int) -> tuple[str, int]:
        """Return what is shown of a line, and how many columns of it stand before a place."""
        shown = visible(line.replace("\t", "  "))
        before = visible(line[:at].replace("\t", "  "))
        return part_around(shown, len(before), None if self.width is None else self.width - margin)


def failure_lines(step: StepFinished, text: FlowText, indent: str) -> list[Line]:
    """Explain a step that failed or could not be judged: what is wrong, and what the step sent and received."""
    lines: list[Line] = []
    broken = [outcome for outcome in step.assertions if not outcome.holds]
    unjudged = next((outcome for outcome in broken if _made_it_an_error(outcome, step)), None)
    if step.error_message and unjudged is None and not (broken and step.error_code == ASSERTION_FAILED):
        code = f"{step.error_code} " if step.error_code else ""
        said = step.error_message.partition(_BEFORE_ASSERTION)[0] if broken else step.error_message
        lines += paragraph(f"{code}{said}", indent, "red")
        lines += text.place(*error_place(step, text.source), f"{indent}  ")
    for outcome in broken:
        lines += assertion_lines(outcome, text, indent, step.error_code if outcome is unjudged else None)
    return lines + exchange_lines(step, f"{indent}  ")


def _made_it_an_error(outcome: AssertionOutcome, step: StepFinished) -> bool:
    """Say whether a step's message is that of one assertion, which tells the same at its own place."""
    said = step.error_message or ""
    return outcome.error is not None and said.startswith(f"assertion {outcome.expression}: ")


def assertion_lines(outcome: AssertionOutcome, text: FlowText, indent: str, code: str | None) -> list[Line]:
    """Explain an assertion; one that could not be judged has a code."""
    sign = Span(f"{indent}✗ ", "red") if code is None else Span(f"{indent}⚠ ", "yellow")
    lines: list[Line] = [[sign, Span(one_line(outcome.expression), "bold")]]
    inner = f"{indent}  "
    if outcome.message:
        lines += paragraph(outcome.message, inner, "yellow")
    lines += text.place(outcome.line, outcome.column, inner)
    values = f"{inner}  "
    if outcome.error:
        lines += paragraph(f"{code} {outcome.error}" if code else outcome.error, values, "red")
    lines += _values(outcome, values)
    return lines + [[Span(f"{values}{line}", "yellow")] for line in difference_lines(outcome, values, text.width)]


def difference_lines(outcome: AssertionOutcome, indent: str, width: int | None) -> list[str]:
    """Return the lines of a difference; one with carets below it that is too wide has its values below each other."""
    lines: list[str] = []
    left = None if width is None else width - len(indent)
    told = iter([*pairwise([*outcome.difference, ""])])
    for line, below in told:
        if _CARETS.fullmatch(below):
            lines += _pointed_at(line, below, left)
            next(told)
        else:
            lines.append(visible(line))
    return lines


def _pointed_at(line: str, carets: str, width: int | None) -> list[str]:
    """Return a change of text with its carets, which count the letters of the line as it was told."""
    first, second = carets.index("^"), carets.rindex("^")
    # What the texts share before the caret is too short to hold these words once more; a key is not.
    where = _WHERE.match(line, 0, first)
    if where is None or width is None or cells(visible(line)) <= width:
        at, further = cells(visible(line[:first])), cells(visible(line[first:second]))
        return [visible(line), f"{' ' * at}^{' ' * (further - 1)}^"]
    begins = where.end()
    other = begins + second - first
    values = line[begins : other - len(", expected ")], line[other:]
    return _below_each_other(where[1], values, first - begins, width)


def _below_each_other(where: str, values: tuple[str, str], same: int, width: int) -> list[str]:
    """Return a change of text on lines of their own: where, what is there, what was expected, where they part."""
    shared = len(visible(values[0][:same]))
    (found, wanted), before = parts_around([visible(value) for value in values], shared, width - len(_IS))
    return [f"{visible(where)}:", f"{_IS}{found}", f"{_EXPECTED}{wanted}", f"{' ' * (len(_IS) + before)}^"]


def reason_lines(status: str, code: str | None, message: str) -> list[Line]:
    """Say why a flow ended as it did; a code that is the status once more tells nothing."""
    shown = f"{code} " if code and code != status else ""
    return paragraph(f"{shown}{message}", "    ", "red")


def paragraph(words: str, indent: str, style: str = "") -> list[Line]:
    return [[Span(f"{indent}{visible(line)}", style)] for line in words.splitlines() if line.strip()]


def _values(outcome: AssertionOutcome, indent: str) -> list[Line]:
    rows = [(one_line(operand.text), "= ", shown_value(operand.value)) for operand in outcome.operands]
    expected = expected_value(outcome)
    if expected is not None:
        rows.append(("expected", "  ", visible(expected)))
    width = max((len(name) for name, _, _ in rows), default=0)
    return [[Span(f"{indent}{name:<{width}}   {sign}"), Span(value, "bold")] for name, sign, value in rows]
