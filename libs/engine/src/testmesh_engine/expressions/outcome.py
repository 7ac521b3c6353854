"""An assertion's outcome, explained: what was read, and where two values differ."""

from dataclasses import dataclass, field

from testmesh_engine.expressions.differences import told
from testmesh_engine.expressions.errors import ExpressionError
from testmesh_engine.expressions.frames import Frame, Operand
from testmesh_engine.expressions.values import described

_MOST_OPERANDS = 50


@dataclass(slots=True)
class Outcome:
    """What became of an assertion; it holds only where `holds` is true, and an error never does.

    `difference` says why it does not hold; `warnings` what it held over without looking at anything.
    """

    holds: bool
    expression: str
    operands: list[Operand] = field(default_factory=list)
    difference: list[str] = field(default_factory=list)
    error: str | None = None
    code: str | None = None
    offset: int = -1
    warnings: list[str] = field(default_factory=list)
    unjudged: bool = False
    """Whether the error says nothing about what the assertion is about."""


def judged(text: str, frame: Frame, *, value: object = None, error: ExpressionError | None = None) -> Outcome:
    """Make the outcome of one evaluation."""
    operands = _distinct(frame.operands)
    if error is not None:
        return Outcome(False, text, operands, [], error.message, error.code, error.offset, unjudged=error.unjudged)
    if not isinstance(value, bool):
        message = f"this is neither true nor false but {described(value)}: compare it with something"
        return Outcome(False, text, operands, [], message, "TM403", 0)
    if value:
        return Outcome(True, text, operands, warnings=frame.warnings())
    return Outcome(False, text, operands, [*told(frame.compared), *frame.told])


def _distinct(operands: list[Operand]) -> list[Operand]:
    seen: dict[str, Operand] = {}
    for operand in operands:
        seen.setdefault(operand.text, operand)
    return list(seen.values())[:_MOST_OPERANDS]
