"""Whether something that came is what a step waits for: an expression of its config, judged once for each."""

from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from testmesh_engine.expressions import (
    Outcome,
    compile_expression,
    shown,
    strip_braces,
)
from testmesh_sdk import ActionError, Level

Log = Callable[[Level, str], None]

_MOST_OPERANDS = 3
_LONGEST_VALUE = 80


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether it is; where it is not, `why`, and how `near` it came, to be compared with others."""

    holds: bool
    why: str = ""
    near: int = 0


class Match:
    """An expression over names of its own and those of the flow."""

    def __init__(self, text: str, names: Mapping[str, Any], log: Log | None = None) -> None:
        """Compile a text, which was compiled with its flow before.

        Args:
            text: The expression, in braces or without.
            names: What it can read of the flow.
            log: Told what an expression held over without looking at anything.
        """
        self._names = names
        self._log = log
        self._expression = compile_expression(strip_braces(text))
        self.text = self._expression.text

    @property
    def names(self) -> frozenset[str]:
        """The names that must be there."""
        return self._expression.names

    def judge(self, own: Mapping[str, Any]) -> Judged:
        """Say whether the expression is true of what came; one that cannot be judged of it is not.

        Raises:
            ActionError: it can be judged of nothing: a name that there is not, too much to do.
        """
        outcome = self._expression.check(ChainMap(dict(own), self._names))  # type: ignore[arg-type]  # only read
        if outcome.unjudged:
            raise ActionError(outcome.code or "TM400", f"{self.text}: {outcome.error}")
        if outcome.holds:
            if self._log is not None:
                for doubt in outcome.warnings:
                    self._log("warning", f"{self.text}: {doubt}")
            return Judged(holds=True)
        return Judged(False, _why(outcome), 2 * len(outcome.operands) + (outcome.error is None))


def _why(outcome: Outcome) -> str:
    if outcome.error is not None:
        return outcome.error
    read = outcome.operands[-_MOST_OPERANDS:]
    return ", ".join(f"{operand.text} = {shown(operand.value, _LONGEST_VALUE)}" for operand in read)


def nearest(things: Iterable[tuple[str, Judged]], most: int) -> str:
    """Return a line for each of the things that came nearest, in the order in which they came."""
    listed = list(things)
    best = sorted(range(len(listed)), key=lambda at: (-listed[at][1].near, -at))[:most]
    lines = [f"{listed[at][0]}: {listed[at][1].why}" if listed[at][1].why else listed[at][0] for at in sorted(best)]
    more = len(listed) - len(lines)
    return "\n  ".join([*lines, f"and {more} more"] if more else lines)
