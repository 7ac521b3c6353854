"""What an assertion that compares with a literal asks for: reports show it below what was found."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from testmesh_contracts.events import AssertionOutcome

_LITERAL = re.compile(r"""-?[0-9][0-9._]*|"[^"\\]*"|'[^'\\]*'|true|false|nil|null""", re.ASCII)


def expected_literal(outcome: "AssertionOutcome") -> str | None:
    """Return the literal that `operand == literal` asks for."""
    if len(outcome.operands) != 1:
        return None
    left, equals, right = outcome.expression.partition("==")
    fits = equals and left.strip() == outcome.operands[0].text and _LITERAL.fullmatch(right.strip())
    return right.strip() if fits else None
