"""The reports of `--report`: written at the end of a run, each whole or not at all, and never lost in silence."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic_core import to_json

from testmesh_cli.exit_codes import ExitCode, gravest
from testmesh_cli.replacing import replace_file
from testmesh_cli.reporting.destinations import Destination
from testmesh_cli.reporting.documents import run_document
from testmesh_cli.reporting.gathering import Gathering
from testmesh_cli.reporting.paper import remark_line, standard_error
from testmesh_cli.reporting.report import StepEvent
from testmesh_cli.reporting.values import near, one_line
from testmesh_cli.running.result import FlowResult
from testmesh_cli.sources import FlowFile
from testmesh_engine.reporters import Artifact, RunReport
from testmesh_engine.reporters.junit import Granularity

if TYPE_CHECKING:
    from testmesh_cli.reporting.github_actions import GitHubActions


class ReportFiles:
    """Hears of a run; writes every report that was asked for when it closes."""

    def __init__(
        self,
        destinations: Sequence[Destination],
        gathering: Gathering,
        environment: Mapping[str, str],
        granularity: Granularity = "flow",
        *,
        output_is_data: bool = False,
    ) -> None:
        self._destinations = destinations
        self._gathering = gathering
        self._granularity = granularity
        self._github = _github(destinations, environment, output_is_data=output_is_data)
        self._lost = 0
        self._written: list[tuple[Destination, int]] = []
        """What was written, and which exit code it tells."""

    def opens(self) -> None:
        """The run begins: from here on words of tested systems may be printed."""
        if self._github is not None:
            self._github.switches_off()

    def begins(self, file: FlowFile, execution_id: str | None) -> None:
        self._gathering.begins(file, execution_id)

    def begins_again(self, file: FlowFile, run: int) -> None:
        self._gathering.begins_again(file, run)

    def waits(self, file: FlowFile, reason: str) -> None:
        self._gathering.waits(file, reason)

    def tells(self, file: FlowFile, event: StepEvent) -> None:
        self._gathering.tells(file, event)

    def ends(self, result: FlowResult) -> None:
        self._gathering.ends(result)

    def closes(self, results: Sequence[FlowResult], code: ExitCode, seconds: float) -> None:
        report = self._gathering.report(results, code, seconds)
        # GitHub's is the only one that cannot be taken back, so it comes when it is known how the others went.
        for destination in sorted(self._destinations, key=lambda one: one.path is None):
            self._try(destination, self._as_it_ends(report), results)
        final = self._as_it_ends(report)
        for destination in [one for one, told in self._written if told != final.exit_code]:
            self._say_worse(destination, final, results)
        places = dict.fromkeys(near(one.path) for one, _ in self._written if one.path is not None)
        if places:
            standard_error().write(remark_line(f"reports: {', '.join(map(one_line, places))}"))

    def _as_it_ends(self, report: RunReport) -> RunReport:
        """Return the report with the exit code that the run has by now."""
        return report._replace(exit_code=int(self.outcome(ExitCode(report.exit_code))))

    def _say_worse(self, destination: Destination, report: RunReport, results: Sequence[FlowResult]) -> None:
        """Have a report that was written before another was lost say how the run ends."""
        if destination.path is None or (destination.kind == "allure" and report.has_red):
            return
        # Of Allure's the flows are there already; what is added is the end of the run.
        shown = report._replace(flows=[]) if destination.kind == "allure" else report
        self._try(destination, shown, results)

    def _try(self, destination: Destination, report: RunReport, results: Sequence[FlowResult]) -> None:
        try:
            self._write(destination, report, results)
        except Exception as error:
            # One report that cannot be written, for whatever reason, must not take the others with it.
            self._lost += 1
            reason = error.strerror if isinstance(error, OSError) and error.strerror else f"{error!r}"
            words = f"the report {destination.shown} could not be written: {reason}; the results are not in it"
            standard_error().write(remark_line(f"{words}  [report_not_written]"))
        else:
            self._written.append((destination, report.exit_code))

    def outcome(self, code: ExitCode) -> ExitCode:
        """Return the exit code: a report that was lost is as grave as what could not be judged."""
        return gravest((code, ExitCode.ERROR)) if self._lost else code

    def _write(self, destination: Destination, report: RunReport, results: Sequence[FlowResult]) -> None:
        path = destination.path
        if path is None:
            assert self._github is not None
            self._github.writes(report)
        elif destination.kind == "junit":
            from testmesh_engine.reporters.junit import junit_xml

            replace_file(path, junit_xml(report, self._granularity))
        elif destination.kind == "html":
            from testmesh_engine.reporters.html import html_page

            replace_file(path, html_page(report))
        elif destination.kind == "json":
            document = run_document(results, ExitCode(report.exit_code), report.duration_ms / 1000)
            replace_file(path, to_json(document, indent=2, inf_nan_mode="constants") + b"\n")
        else:
            from testmesh_engine.reporters.allure import write_results

            path.mkdir(parents=True, exist_ok=True)
            write_results(report, lambda name, data: replace_file(path / name, data), stored)


def _github(
    destinations: Sequence[Destination], environment: Mapping[str, str], *, output_is_data: bool
) -> "GitHubActions | None":
    if all(destination.path is not None for destination in destinations):
        return None
    from testmesh_cli.reporting.github_actions import GitHubActions

    return GitHubActions(environment, output_is_data=output_is_data)


def stored(artifact: Artifact) -> bytes | None:
    try:
        return None if artifact.file is None else Path(artifact.file).read_bytes()
    except OSError:
        return None
