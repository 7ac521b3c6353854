"""What came of a case, whichever way it was carried out, in the shape that it is compared in."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from testmesh_contracts.events import AssertionOutcome, StepFinished
from testmesh_engine.executor.run import UNJUDGED
from testmesh_engine.expressions import shown
from testmesh_engine.language import Diagnostic, render_diagnostic
from tests.flows.cases import Case

_TIME = re.compile(r"\b\d+(?:\.\d+)?(?= ?(?:ms|pass|passes|attempts?)\b)")


@dataclass(slots=True)
class Seen:
    """Status, steps and words of a case; `notes` is None where the way tells none."""

    status: str
    code: str | None = None
    steps: dict[str, str] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    notes: list[str] | None = None
    warnings: list[str] = field(default_factory=list)
    words: str = ""


def seen_invalid(case: Case, faults: Sequence[Diagnostic]) -> Seen:
    """Return what was seen of a flow that was refused."""
    words = "\n".join(render_diagnostic(found, case.source) for found in faults)
    return Seen("invalid", faults=[fault_place(found) for found in faults], words=f"{words}\n")


def seen_run(
    status: str,
    code: str | None,
    message: str | None,
    steps: Sequence[StepFinished],
    outputs: dict[str, Any],
    warnings: list[str],
) -> Seen:
    """Return what was seen of a run; steps are in the order of their paths, which no race changes."""
    told = [line for step in sorted(steps, key=_in_order) if step.status != "passed" for line in _told(step)]
    return Seen(
        status=status,
        code=code,
        steps={step.path: step.status for step in steps},
        attempts={step.path: step.retry_count + 1 for step in steps if step.retry_count},
        outputs=outputs,
        warnings=warnings,
        words=_TIME.sub("#", "\n".join([f"{code} {message}", *told])) + "\n",
    )


def fault_place(found: Diagnostic) -> str:
    return f"{found.code} {found.line}:{found.column}"


def differences(case: Case, seen: Seen) -> dict[str, tuple[Any, Any]]:
    """Return what is otherwise than the case says: what was seen, and what the case says."""
    said = {
        "status": (seen.status, case.status),
        "code": (seen.code, case.code),
        "steps": (seen.steps, case.steps),
        "attempts": (seen.attempts, seen.attempts if case.attempts is None else case.attempts),
        "outputs": (seen.outputs, case.outputs),
        "faults": (seen.faults, case.faults),
        "notes": (seen.notes, case.notes if seen.notes is not None else None),
        "warnings": (_unsaid(seen.warnings, case.warnings), []),
        "words": (seen.words, seen.words if case.status == "passed" else case.words.read_text()),
    }
    return {name: both for name, both in said.items() if both[0] != both[1]}


def _unsaid(warnings: list[str], parts: list[str]) -> list[str]:
    """Return warnings that a case does not name, and parts that no warning has."""
    loud = [warning for warning in warnings if warning != UNJUDGED and not any(part in warning for part in parts)]
    return loud + [part for part in parts if not any(part in warning for warning in warnings)]


def _in_order(step: StepFinished) -> list[tuple[int, str]]:
    """Sort `a[2]` before `a[10]`."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", step.path)]


def _told(step: StepFinished) -> Iterator[str]:
    place = f"{step.path} ({step.line}:{step.column})"
    yield f"  {place} {step.status} {step.error_code or '-'}: {step.error_message}"
    for outcome in step.assertions:
        if not outcome.holds:
            yield from _explained(outcome)


def _explained(outcome: AssertionOutcome) -> Iterator[str]:
    yield f"    ✗ {outcome.expression} ({outcome.line}:{outcome.column})"
    if outcome.message:
        yield f"      {outcome.message}"
    if outcome.error:
        yield f"      {outcome.error}"
    for operand in outcome.operands:
        yield f"      {operand.text} = {shown(_sorted(operand.value), 600)}"
    for line in outcome.difference:
        yield f"      {line}"


def _sorted(value: Any) -> Any:
    """A database keeps no order of keys."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value
