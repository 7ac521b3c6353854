"""A failure, explained: what was asserted, where in the flow, the values, and where they differ."""

import re

from testmesh_cli.reporting.paper import Line, Span, visible
from testmesh_cli.reporting.values import one_line, shown_value
from testmesh_contracts.events import AssertionOutcome, StepFinished

ASSERTION_FAILED = "TM420"
_LITERAL = re.compile(r"""-?[0-9][0-9._]*|"[^"\\]*"|'[^'\\]*'|true|false|nil|null""", re.ASCII)


class FlowText:
    """A flow as its author wrote it, to point into; without a text, places are named alone."""

    def __init__(self, label: str, source: bytes | str | None) -> None:
        self.label = label
        text = source.decode("utf-8", "replace") if isinstance(source, bytes) else source or ""
        self._lines = text.removeprefix("\ufeff").splitlines()

    def place(self, line: int | None, column: int | None, indent: str) -> list[Line]:
        """Return `file:line:column`, the line of the source, and a caret below it."""
        if line is None:
            return []
        found = [[Span(f"{indent}{visible(self.label)}:{line}:{column or 1}", "cyan")]]
        if 1 <= line <= len(self._lines):
            written = self._lines[line - 1]
            before = "".join("\t" if sign == "\t" else " " for sign in written[: (column or 1) - 1])
            margin = f"{indent}  {line} | "
            found.append([Span(margin, "dim"), Span(visible(written.replace("\t", "  ")))])
            found.append([Span(f"{' ' * (len(margin) - 2)}| ", "dim"), Span(f"{before.expandtabs(2)}^", "red")])
        return found


def failure_lines(step: StepFinished, text: FlowText, indent: str) -> list[Line]:
    """Explain a step that failed or could not be judged."""
    lines: list[Line] = []
    broken = [outcome for outcome in step.assertions if not outcome.holds]
    if step.error_message and not (broken and step.error_code == ASSERTION_FAILED):
        code = f"{step.error_code} " if step.error_code else ""
        lines += paragraph(f"{code}{step.error_message}", indent, "red")
        lines += text.place(step.line, step.column, f"{indent}  ")
    for outcome in broken:
        lines += assertion_lines(outcome, text, indent)
    return lines


def assertion_lines(outcome: AssertionOutcome, text: FlowText, indent: str) -> list[Line]:
    lines: list[Line] = [[Span(f"{indent}✗ ", "red"), Span(one_line(outcome.expression), "bold")]]
    inner = f"{indent}  "
    if outcome.message:
        lines += paragraph(outcome.message, inner, "yellow")
    lines += text.place(outcome.line, outcome.column, inner)
    values = f"{inner}  "
    if outcome.error:
        lines += paragraph(outcome.error, values, "red")
    lines += _values(outcome, values)
    lines += [[Span(f"{values}{visible(line)}", "yellow")] for line in outcome.difference]
    return lines


def paragraph(words: str, indent: str, style: str = "") -> list[Line]:
    return [[Span(f"{indent}{visible(line)}", style)] for line in words.splitlines() if line.strip()]


def _values(outcome: AssertionOutcome, indent: str) -> list[Line]:
    rows = [(one_line(operand.text), "= ", shown_value(operand.value)) for operand in outcome.operands]
    expected = _expected(outcome)
    if expected is not None:
        rows.append(("expected", "  ", visible(expected)))
    width = max((len(name) for name, _, _ in rows), default=0)
    return [[Span(f"{indent}{name:<{width}}   {sign}"), Span(value, "bold")] for name, sign, value in rows]


def _expected(outcome: AssertionOutcome) -> str | None:
    """Return the literal that `operand == literal` asks for."""
    if len(outcome.operands) != 1:
        return None
    left, equals, right = outcome.expression.partition("==")
    fits = equals and left.strip() == outcome.operands[0].text and _LITERAL.fullmatch(right.strip())
    return right.strip() if fits else None
