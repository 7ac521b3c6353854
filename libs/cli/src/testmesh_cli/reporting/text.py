"""The report for people: steps as they happen, failures explained, a summary."""

from collections.abc import Callable, Sequence

from testmesh_cli.exit_codes import ExitCode
from testmesh_cli.reporting.failures import FlowText, reason_lines
from testmesh_cli.reporting.folding import FoldedSteps
from testmesh_cli.reporting.logs import LogsOfSteps
from testmesh_cli.reporting.paper import Line, Paper, Span
from testmesh_cli.reporting.progress import Progress
from testmesh_cli.reporting.report import StepEvent
from testmesh_cli.reporting.runs import DID_NOT_END
from testmesh_cli.reporting.shown_source import shown_source
from testmesh_cli.reporting.steps import symbol
from testmesh_cli.reporting.summary import closing_lines
from testmesh_cli.reporting.values import one_line, shown_duration
from testmesh_cli.running.result import FlowResult
from testmesh_cli.selection.needs import hint
from testmesh_cli.sources import FlowFile
from testmesh_contracts.events import LogLine, StepFinished, StepStarted

_UNKNOWN_NAME = "TM401"


class TextReport:
    """Steps as they happen; of several flows at once, each flow's lines together when it has ended.

    A quiet one leaves out the steps that passed or were skipped, and the flows of which there is nothing else.
    """

    def __init__(
        self,
        paper: Paper,
        *,
        grouped: bool,
        total: int,
        again: Callable[[FlowFile], str],
        logs: bool = False,
        quiet: bool = False,
    ) -> None:
        self._paper = paper
        self._grouped = grouped or quiet
        self._quiet = quiet
        self._progress = Progress(total)
        self._again = again
        self._held: dict[str, list[Line]] = {}
        self._steps: dict[str, FoldedSteps] = {}
        self._logs: dict[str, LogsOfSteps] | None = {} if logs else None

    def begins(self, file: FlowFile, execution_id: str | None) -> None:
        header: Line = [Span(one_line(file.shown), "bold"), Span(f"  {one_line(file.checked.name)}")]
        if execution_id is not None:
            header.append(Span(f"  (execution {execution_id})", "dim"))
        self._write(file, [header])
        self._progress.begins(file)
        self._paper.shows(self._progress.line)

    def begins_again(self, file: FlowFile, run: int) -> None:
        words = f"  run {run} begins: the earlier run {DID_NOT_END}; what it told does not count"
        self._write(file, [*self._rest(file), [Span(words, "yellow")]])

    def waits(self, file: FlowFile, reason: str) -> None:
        self._write(file, [[Span(f"  waiting: {one_line(reason)}", "dim")]])

    def tells(self, file: FlowFile, event: StepEvent) -> None:
        logs = None if self._logs is None else self._logs.setdefault(file.shown, LogsOfSteps())
        steps = self._steps_of(file)
        if isinstance(event, StepStarted):
            self._progress.tells(file, event)
            self._paper.shows(self._progress.line)
            steps.begins(event.path, event.action)
            if logs is not None:
                logs.hears(event)
        elif isinstance(event, StepFinished):
            if not (self._quiet and event.status in ("passed", "skipped")):
                self._write(file, steps.add(event))
            if logs is not None:
                logs.passes(event)
        elif isinstance(event, LogLine) and logs is not None:
            self._write(file, [*steps.rest(), *logs.lines(event)])

    def ends(self, result: FlowResult) -> None:
        self._progress.ends(result)
        self._write(result.file, [*self._rest(result.file), *self._end_lines(result)])
        held = self._held.pop(result.file.shown, [])
        if self._quiet and result.status == "passed" and not result.warnings:
            return
        self._paper.write(*held)

    def closes(self, results: Sequence[FlowResult], code: ExitCode, seconds: float) -> None:  # noqa: ARG002 - told by the process itself
        self._paper.rests()
        self._paper.write(*closing_lines(results, seconds, self._again))

    def _end_lines(self, result: FlowResult) -> list[Line]:
        took = "" if result.duration_ms is None else f" in {shown_duration(result.duration_ms)}"
        took += f" ({result.all_runs})" if result.all_runs else ""
        if (part := result.file.part) is not None:
            took += f", {part.chosen} of {part.total} steps selected"
        lines: list[Line] = [[Span("  "), symbol(result.status), Span(f"{result.status}{took}", "bold")]]
        if result.status != "passed" and result.error_message and not _told_by_a_step(result):
            lines += reason_lines(result.status, result.error_code, result.error_message)
        lines += [[Span(f"    ! {one_line(warning)}", "yellow")] for warning in result.warnings]
        if part is not None and result.error_code == _UNKNOWN_NAME and (missed := hint(result.file.checked, part)):
            lines.append([Span(f"    ! {one_line(missed)}", "yellow")])
        if result.status != "passed":
            lines.append([Span("    run it again: ", "dim"), Span(one_line(self._again(result.file)))])
        return [*lines, []]

    def _steps_of(self, file: FlowFile) -> FoldedSteps:
        if file.shown not in self._steps:
            text = FlowText(file.shown_path, shown_source(file), self._paper.width)
            self._steps[file.shown] = FoldedSteps(text)
        return self._steps[file.shown]

    def _rest(self, file: FlowFile) -> list[Line]:
        steps = self._steps.get(file.shown)
        return [] if steps is None else steps.rest()

    def _write(self, file: FlowFile, lines: list[Line]) -> None:
        if self._grouped:
            self._held.setdefault(file.shown, []).extend(lines)
            return
        self._paper.write(*lines)


def _told_by_a_step(result: FlowResult) -> bool:
    told, code = result.error_message or "", result.error_code
    return any(step.error_code == code and (step.error_message or "-") in told for step in result.steps)
