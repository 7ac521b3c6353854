"""Assertions of a step: all are judged, each explains itself."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from testmesh_contracts.events import AssertionOutcome, Operand
from testmesh_engine.executor.masking import CUT
from testmesh_engine.executor.weight import bounded
from testmesh_engine.expressions import ExpressionError, Outcome
from testmesh_engine.language.models import Assertion

ASSERTION_FAILED = "TM420"
LONGEST_SHOWN = 2_000


class Verdict(NamedTuple):
    """Why a step did not pass, from its assertions."""

    status: Literal["failed", "error"]
    code: str
    message: str


def judge(assertions: Iterable[Assertion], scope: Mapping[str, Any]) -> tuple[list[AssertionOutcome], Verdict | None]:
    """Judge all assertions; return how each came out, and what to say of those that do not hold.

    One that cannot be judged whatever the tested system does, such as one with an unknown name, says the most.
    """
    outcomes: list[AssertionOutcome] = []
    failed: list[AssertionOutcome] = []
    unjudged: list[tuple[AssertionOutcome, str]] = []
    for assertion in assertions:
        found = assertion.expression.check(scope)
        outcome = _told(assertion, found, scope)
        outcomes.append(outcome)
        if found.unjudged:
            unjudged.append((outcome, found.code or ""))
        elif not found.holds:
            failed.append(outcome)
    others = len(failed) + len(unjudged) - 1
    more = f" (and {others} more of {len(outcomes)})" if others > 0 else ""
    if unjudged:
        first, code = unjudged[0]
        text = _short(f"{first.expression}: {_in_short(first.error or '')}")
        return outcomes, Verdict("error", code, f"assertion {text}{more}")
    if failed:
        why = failed[0].message or failed[0].error
        text = _short(f"{failed[0].expression}: {why}" if why else failed[0].expression)
        return outcomes, Verdict("failed", ASSERTION_FAILED, f"assertion failed: {text}{more}")
    return outcomes, None


def _in_short(said: str) -> str:
    """Leave out the names that there are; the nearest one, if there is one, stays."""
    what, _, rest = said.partition("; there are")
    _, found, nearest = rest.partition("Did you mean ")
    return f"{what}. Did you mean {nearest}" if found else what.rstrip(".")


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + CUT


def _told(assertion: Assertion, found: Outcome, scope: Mapping[str, Any]) -> AssertionOutcome:
    return AssertionOutcome(
        expression=found.expression,
        holds=found.holds,
        message=None if found.holds else _message(assertion, scope),
        operands=[] if found.holds else [Operand(text=o.text, value=o.value) for o in found.operands],
        difference=found.difference,
        error=found.error,
        warnings=found.warnings,
        line=assertion.line,
        column=assertion.column,
    )


def _message(assertion: Assertion, scope: Mapping[str, Any]) -> str | None:
    if assertion.message is None:
        return None
    try:
        return str(bounded(assertion.message.render(scope)))
    except ExpressionError as error:
        return f"(its message cannot be written: {error.message})"
