"""What an assertion asks for, where that is written in it as a value."""

import re

from testmesh_contracts.events import AssertionOutcome

_LITERAL = re.compile(r"""-?[0-9][0-9._]*|"[^"\\]*"|'[^'\\]*'|true|false|nil|null""", re.ASCII)


def expected_value(outcome: AssertionOutcome) -> str | None:
    """Return the literal that `operand == literal` asks for."""
    if outcome.holds or len(outcome.operands) != 1:
        return None
    left, equals, right = outcome.expression.partition("==")
    fits = equals and left.strip() == outcome.operands[0].text and _LITERAL.fullmatch(right.strip())
    return right.strip() if fits else None
