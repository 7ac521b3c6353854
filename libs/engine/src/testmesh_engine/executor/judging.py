"""Assertions of a step: all are judged, each explains itself."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from testmesh_contracts.events import AssertionOutcome, Operand
from testmesh_engine.executor.masking import CUT
from testmesh_engine.expressions import ExpressionError
from testmesh_engine.language.models import Assertion

LONGEST_SHOWN = 2_000


class Verdict(NamedTuple):
    """Why a step did not pass, from its assertions."""

    status: Literal["failed", "error"]
    code: str
    message: str


UNJUDGED = frozenset(("TM401", "TM404"))
"""An assertion that reads an unknown name, or too much, says nothing about the tested system."""


def judge(assertions: Iterable[Assertion], scope: Mapping[str, Any]) -> tuple[list[AssertionOutcome], Verdict | None]:
    """Judge all assertions; return how each came out, and what to say of those that do not hold."""
    outcomes: list[AssertionOutcome] = []
    failed: list[tuple[AssertionOutcome, str | None]] = []
    for assertion in assertions:
        outcome, code = _judged(assertion, scope)
        outcomes.append(outcome)
        if not outcome.holds:
            failed.append((outcome, code))
    if not failed:
        return outcomes, None
    failed.sort(key=lambda found: found[1] not in UNJUDGED)
    first, code = failed[0]
    said = first.message or first.error
    text = _short(f"{first.expression}: {said}" if said else first.expression)
    if code in UNJUDGED and not first.message:
        text = _short(f"{first.expression}: {(said or '').partition(';')[0].rstrip('.')}")
    more = f" (and {len(failed) - 1} more of {len(outcomes)})" if len(failed) > 1 else ""
    if code in UNJUDGED:
        return outcomes, Verdict("error", code or "", f"could not be judged: {text}{more}")
    return outcomes, Verdict("failed", "TM420", f"assertion failed: {text}{more}")


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + CUT


def _judged(assertion: Assertion, scope: Mapping[str, Any]) -> tuple[AssertionOutcome, str | None]:
    outcome = assertion.expression.check(scope)
    told = AssertionOutcome(
        expression=outcome.expression,
        holds=outcome.holds,
        message=None if outcome.holds else _message(assertion, scope),
        operands=[] if outcome.holds else [Operand(text=o.text, value=o.value) for o in outcome.operands],
        difference=outcome.difference,
        error=outcome.error,
        warnings=outcome.warnings,
        line=assertion.line,
        column=assertion.column,
    )
    return told, outcome.code


def _message(assertion: Assertion, scope: Mapping[str, Any]) -> str | None:
    if assertion.message is None:
        return None
    try:
        return str(assertion.message.render(scope))
    except ExpressionError as error:
        return f"(its message cannot be written: {error.message})"
