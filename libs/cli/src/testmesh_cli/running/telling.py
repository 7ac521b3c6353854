"""Tells a report of an execution that is followed: each step and line once, whoever says it first."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from pydantic import ValidationError

from testmesh_cli.remote.following import News, Snapshot
from testmesh_cli.remote.live import DELAYED, LiveEvent
from testmesh_cli.remote.log_pages import LogReader
from testmesh_cli.reporting.report import Report, StepEvent
from testmesh_cli.reporting.runs import shown_run, shown_steps
from testmesh_cli.reporting.steps import finished_step, started_step
from testmesh_cli.sources import FlowFile
from testmesh_contracts.events import ExecutionDelayed, LogLine, StepFinished, StepStarted
from testmesh_contracts.executions import ExecutionView, LogView
from testmesh_contracts.message import Payload

M = TypeVar("M", bound=Payload)
OF_A_RUN = frozenset(("execution.started", "step.started", "step.finished", "log.line"))


class Telling:
    """Tells of one execution, of its newest run alone."""

    def __init__(self, report: Report, file: FlowFile, log: LogReader | None) -> None:
        self._report = report
        self._file = file
        self._log = log
        self._run = 1
        self._reason: str | None = None
        self._begun: set[str] = set()
        self._ended: set[str] = set()

    def tell(self, news: News) -> None:
        if isinstance(news, Snapshot):
            self._tell_snapshot(news.view, news.lines)
        else:
            self._tell_event(news)

    def _tell_snapshot(self, view: ExecutionView, lines: Sequence[LogView]) -> None:
        if view.status == "pending" and view.delayed_reason is not None:
            self._tell_delay(view.delayed_reason)
        run = max(shown_run(view), max((line.run for line in lines), default=0))
        if not self._is_of_this_run(run):
            return
        events: list[StepEvent] = [_as_event(line) for line in lines if line.run == run]
        for step in shown_steps(view):
            if step.run == run:
                finished = finished_step(step)
                events += [started_step(step)] if finished is None else [started_step(step), finished]
        for event in sorted(events, key=_when):
            self._tell_once(event)

    def _tell_event(self, event: LiveEvent) -> None:
        if event.type == DELAYED and (delayed := _understood(ExecutionDelayed, event)) is not None:
            self._tell_delay(delayed.reason)
        if event.place is None or event.type not in OF_A_RUN or not self._is_of_this_run(event.place[0]):
            return
        if event.type == "log.line":
            line = _understood(LogView, event)
            if line is not None and self._log is not None and self._log.is_new(line):
                self._report.tells(self._file, _as_event(line))
        elif event.type == "step.started" and (started := _understood(StepStarted, event)) is not None:
            self._tell_once(started)
        elif event.type == "step.finished" and (finished := _understood(StepFinished, event)) is not None:
            self._tell_once(finished)

    def _tell_delay(self, reason: str) -> None:
        if reason != self._reason:
            self._reason = reason
            self._report.waits(self._file, reason)

    def _is_of_this_run(self, run: int) -> bool:
        """Say whether a run is the newest; the first word of a later one is told, and begins everything again."""
        if run > self._run:
            self._run = run
            self._begun.clear()
            self._ended.clear()
            self._report.begins_again(self._file, run)
        return run == self._run

    def _tell_once(self, event: StepEvent) -> None:
        if isinstance(event, StepStarted):
            if event.path in self._begun:
                return
            self._begun.add(event.path)
        elif isinstance(event, StepFinished):
            if event.path in self._ended:
                return
            self._begun.add(event.path)
            self._ended.add(event.path)
        self._report.tells(self._file, event)


def _as_event(line: LogView) -> LogLine:
    return LogLine(path=line.path, level=line.level, message=line.message, at=line.at)


def _understood(model: type[M], event: LiveEvent) -> M | None:
    """Return what an event says; one that is not understood is passed over, the last snapshot has it."""
    try:
        return model.model_validate(event.data)
    except ValidationError:
        return None


def _when(event: StepEvent) -> tuple[datetime, int]:
    """Order what happened; of one moment a start comes first, and an end last."""
    if isinstance(event, StepStarted):
        return event.started_at, 0
    if isinstance(event, StepFinished):
        return event.finished_at, 2
    return event.at, 1
