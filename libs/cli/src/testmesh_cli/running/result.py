"""What became of one flow file."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from testmesh_cli.errors import CliError
from testmesh_cli.exit_codes import ExitCode
from testmesh_cli.sources import FlowFile
from testmesh_contracts.events import LogLine, StepFinished
from testmesh_contracts.message import StepStatus, TerminalStatus

_CODES = {"passed": ExitCode.PASSED, "failed": ExitCode.FAILED}


@dataclass(slots=True)
class FlowResult:
    """How a flow ended; `not_run` where it was not begun, `trouble` where nobody can say how it ended."""

    file: FlowFile
    status: TerminalStatus | Literal["not_run"]
    execution_id: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    warnings: list[str] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    step_counts: dict[StepStatus, int] = field(default_factory=dict)
    duration_ms: float | None = 0.0
    """As the server has it; None where nobody can say."""
    all_runs: str | None = None
    """How long it took with the runs that did not end, in words; None where there were none."""
    steps: list[StepFinished] = field(default_factory=list)
    trouble: CliError | None = None
    by_hand: list[str] = field(default_factory=list)
    """What a person did to the run while it was debugged."""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    seed: int | None = None
    logs: list[LogLine] = field(default_factory=list)
    """What was logged; all four are known of local runs alone."""

    @property
    def exit_code(self) -> ExitCode:
        """The code that this flow alone would end the command with; green is for what passed, nothing else."""
        if self.trouble is not None:
            return self.trouble.exit_code
        if self.by_hand and self.status == "passed":
            return ExitCode.ERROR
        return _CODES.get(self.status, ExitCode.ERROR)

    def as_json(self) -> dict[str, Any]:
        part = self.file.part
        return {
            "file": self.file.shown,
            "name": None if self.file.flow is None else self.file.flow.name,
            "part": None if part is None else {"selected": part.chosen, "of": part.total, "by": part.why},
            "execution_id": self.execution_id,
            "status": self.status,
            "error_code": self.error_code,
            "error_message": self.error_message,
            "warnings": self.warnings,
            "outputs": self.outputs,
            "step_counts": self.step_counts,
            "duration_ms": None if self.duration_ms is None else round(self.duration_ms, 3),
        }


def in_trouble(file: FlowFile, error: CliError, execution_id: str | None = None) -> FlowResult:
    """Return the result of a flow of which it is not known how it ended."""
    return FlowResult(
        file,
        "error",
        execution_id=execution_id,
        error_code=error.code,
        error_message=str(error),
        duration_ms=None,
        trouble=error,
    )
