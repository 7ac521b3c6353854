"""What hears of a run: reports for people and for programs."""

from collections.abc import Sequence
from typing import Protocol

from testmesh_cli.exit_codes import ExitCode
from testmesh_cli.running.result import FlowResult
from testmesh_cli.sources import FlowFile
from testmesh_contracts.events import ArtifactStored, LogLine, StepFinished, StepStarted

StepEvent = StepStarted | StepFinished | LogLine | ArtifactStored


class Report(Protocol):
    """Hears of a run as it happens, and of its end."""

    def begins(self, file: FlowFile, execution_id: str | None) -> None:
        """A flow begins; `execution_id` names it where it runs on a server."""
        ...

    def begins_again(self, file: FlowFile, run: int) -> None:
        """The server runs a flow from its start again; what follows is of this run."""
        ...

    def waits(self, file: FlowFile, reason: str) -> None:
        """The server has a flow wait before its first step."""
        ...

    def tells(self, file: FlowFile, event: StepEvent) -> None:
        """Something happened in a flow."""
        ...

    def ends(self, result: FlowResult) -> None:
        """A flow has ended, or could not be begun."""
        ...

    def closes(self, results: Sequence[FlowResult], code: ExitCode, seconds: float) -> None:
        """All flows have ended."""
        ...


class Reports:
    """Several reports at once."""

    def __init__(self, reports: Sequence[Report]) -> None:
        self._reports = reports

    def begins(self, file: FlowFile, execution_id: str | None) -> None:
        for report in self._reports:
            report.begins(file, execution_id)

    def begins_again(self, file: FlowFile, run: int) -> None:
        for report in self._reports:
            report.begins_again(file, run)

    def waits(self, file: FlowFile, reason: str) -> None:
        for report in self._reports:
            report.waits(file, reason)

    def tells(self, file: FlowFile, event: StepEvent) -> None:
        for report in self._reports:
            report.tells(file, event)

    def ends(self, result: FlowResult) -> None:
        for report in self._reports:
            report.ends(result)

    def closes(self, results: Sequence[FlowResult], code: ExitCode, seconds: float) -> None:
        """Close every report, also where one of them cannot be; what went wrong is raised afterwards."""
        wrong: list[Exception] = []
        for report in self._reports:
            try:
                report.closes(results, code, seconds)
            except Exception as error:
                wrong.append(error)
        if wrong:
            raise wrong[0]
