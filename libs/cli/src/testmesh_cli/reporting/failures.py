"""A failure, explained: what was asserted, where in the flow, the values, and where they differ."""

import re

from testmesh_cli.reporting.exchange import exchange_lines
from testmesh_cli.reporting.paper import Line, Span, visible
from testmesh_cli.reporting.values import one_line, shown_value
from testmesh_contracts.events import AssertionOutcome, StepFinished

ASSERTION_FAILED = "TM420"
_BEFORE_ASSERTION = "; assertion failed: "
"""What stands in a message before the assertion that is explained below it."""
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
    """Explain a step that failed or could not be judged: what is wrong, and what the step sent and received."""
    lines: list[Line] = []
    broken = [outcome for outcome in step.assertions if not outcome.holds]
    unjudged = next((outcome for outcome in broken if _made_it_an_error(outcome, step)), None)
    if step.error_message and unjudged is None and not (broken and step.error_code == ASSERTION_FAILED):
        code = f"{step.error_code} " if step.error_code else ""
        said = step.error_message.partition(_BEFORE_ASSERTION)[0] if broken else step.error_message
        lines += paragraph(f"{code}{said}", indent, "red")
        lines += text.place(step.line, step.column, f"{indent}  ")
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
    lines += [[Span(f"{values}{visible(line)}", "yellow")] for line in outcome.difference]
    return lines


def reason_lines(status: str, code: str | None, message: str) -> list[Line]:
    """Say why a flow ended as it did; a code that is the status once more tells nothing."""
    shown = f"{code} " if code and code != status else ""
    return paragraph(f"{shown}{message}", "    ", "red")


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
