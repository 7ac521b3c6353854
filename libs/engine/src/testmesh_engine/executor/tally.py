"""What the steps of a list, or of a flow, add up to."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from testmesh_contracts.message import TerminalStatus
from testmesh_engine.executor.interruption import Interruption
from testmesh_engine.executor.recorder import Record

_BAD = ("failed", "error")


@dataclass(slots=True)
class Tally:
    """Counts what went wrong; empty is not green."""

    warnings: list[str]
    problems: list[Record] = field(default_factory=list)
    teardown_problems: list[Record] = field(default_factory=list)
    carried_out: int = 0
    """Steps that were not skipped; of a flow's own, those of its `steps` alone."""
    passed: int = 0
    """Of those, the steps that passed."""
    stopped_by: Record | None = None
    teardown_fault: tuple[str, str] | None = None
    variables: dict[str, Any] = field(default_factory=dict)

    def take(self, record: Record) -> None:
        step = record.step
        if record.status != "skipped":
            self.carried_out += 1
        if record.status == "passed" and record.did_something:
            self.passed += 1
        if record.variables:
            self.variables.update(record.variables)
        if record.status not in _BAD:
            return
        if step.allow_failure and not record.is_mistake:
            self.warnings.append(f"{what_became_of(record)}, which the flow allows")
            return
        (self.teardown_problems if step.phase == "teardown" else self.problems).append(record)
        if not step.goes_on and step.phase != "teardown" and self.stopped_by is None:
            self.stopped_by = record

    def gravest(self) -> Record | None:
        """Return the step that says most of what went wrong: one that could not be judged before one that failed."""
        return next(self._by_gravity(self.problems + self.teardown_problems), None)

    @staticmethod
    def _by_gravity(problems: list[Record]) -> Iterator[Record]:
        for status in reversed(_BAD):
            yield from (record for record in problems if record.status == status)

    def verdict(
        self, interruption: Interruption | None, fault: tuple[str, str] | None
    ) -> tuple[TerminalStatus, str | None, str | None]:
        """Return the status, code and message of a flow: the gravest of what happened."""
        if interruption is not None:
            return interruption.status, interruption.code, interruption.message
        if fault is not None:
            return "error", *fault
        found = next(self._by_gravity(self.problems), None)
        if found is not None:
            ended: TerminalStatus = "error" if found.status == "error" else "failed"
            return ended, found.error_code, what_became_of(found)
        if not self.carried_out:
            return "error", "TM415", "every step was skipped or disabled: nothing was tested"
        if not self.passed:
            return "error", "TM415", "no step passed: each that was not skipped did what the flow allows to fail"
        if self.teardown_fault is not None:
            return "error", *self.teardown_fault
        if self.teardown_problems:
            return "error", "TM417", f"teardown {what_became_of(self.teardown_problems[0])}"
        return "passed", None, None


def what_became_of(record: Record) -> str:
    """Say which step did not pass, and why: the innermost one, where it was a step inside this one."""
    if record.names_inner:
        return record.error_message or ""
    verb = "failed" if record.status == "failed" else "ended in an error"
    return f"step {record.path} {verb}: {record.error_message or 'no reason was given'}"
