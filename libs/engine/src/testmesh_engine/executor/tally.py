"""What the steps of a run add up to."""

from dataclasses import dataclass, field

from testmesh_contracts.message import TerminalStatus
from testmesh_engine.executor.interruption import Interruption
from testmesh_engine.executor.recorder import Record
from testmesh_engine.language.models import Step

_BAD = ("failed", "error")


@dataclass(slots=True)
class Tally:
    """Counts what went wrong; empty is not green."""

    problems: list[Record] = field(default_factory=list)
    teardown_problems: list[Record] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    carried_out: int = 0
    stopped_by: Step | None = None
    teardown_fault: tuple[str, str] | None = None

    def take(self, record: Record) -> None:
        step = record.step
        if step.phase == "steps" and record.status != "skipped":
            self.carried_out += 1
        if record.status not in _BAD:
            return
        if step.allow_failure:
            self.warnings.append(f"step {step.id} {_ended(record)}, which the flow allows")
            return
        (self.teardown_problems if step.phase == "teardown" else self.problems).append(record)
        if not step.goes_on and step.phase != "teardown" and self.stopped_by is None:
            self.stopped_by = step

    def verdict(
        self, interruption: Interruption | None, fault: tuple[str, str] | None
    ) -> tuple[TerminalStatus, str | None, str | None]:
        """Return the status, code and message of the run: the gravest of what happened."""
        if interruption is not None:
            return interruption.status, interruption.code, interruption.message
        if fault is not None:
            return "error", *fault
        for status in ("error", "failed"):
            found = next((record for record in self.problems if record.status == status), None)
            if found is not None:
                ended: TerminalStatus = "error" if status == "error" else "failed"
                return ended, found.error_code, f"step {found.step.id} {_ended(found)}"
        if not self.carried_out:
            return "error", "TM415", "every step was skipped or disabled: nothing was tested"
        if self.teardown_fault is not None:
            return "error", *self.teardown_fault
        if self.teardown_problems:
            found = self.teardown_problems[0]
            return "error", "TM417", f"teardown step {found.step.id} {_ended(found)}"
        return "passed", None, None


def _ended(record: Record) -> str:
    verb = "failed" if record.status == "failed" else "could not be judged"
    return f"{verb}: {record.error_message or 'no reason was given'}"
