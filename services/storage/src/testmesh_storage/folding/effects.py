"""What one event does to its execution, its run and their rows."""

from typing import Any

from pydantic import BaseModel
from pydantic_core import to_json

from testmesh_contracts.events import (
    ArtifactStored,
    ExecutionDelayed,
    ExecutionFinished,
    ExecutionStarted,
    LogLine,
    StepFinished,
    StepStarted,
)
from testmesh_storage.config import StorageSettings
from testmesh_storage.folding.book import Book
from testmesh_storage.folding.completion import End, end, set_deadline
from testmesh_storage.folding.requests import fill
from testmesh_storage.repository.executions import Execution
from testmesh_storage.repository.runs import Run
from testmesh_storage.repository.steps import Artifact, Closing, Log, Step, step_row_id


class Effects:
    """Applies events, which come in order, to a book."""

    def __init__(self, book: Book, settings: StorageSettings) -> None:
        self._book = book
        self._settings = settings
        self._effects: dict[type, Any] = {
            ExecutionDelayed: self._delayed,
            ExecutionStarted: self._started,
            StepStarted: self._step_started,
            StepFinished: self._step_finished,
            LogLine: self._logged,
            ArtifactStored: self._stored,
            ExecutionFinished: self._finished,
        }

    def apply(self, run: Run, seq: int, event: Any) -> None:
        """Apply the event that is next in its run; none stands for one that nobody can read."""
        if event is None:
            run.lost_events += 1
            return
        effect = self._effects.get(type(event))
        if effect is not None:
            effect(self._book.executions[run.execution_id], run, seq, event)

    def _delayed(self, execution: Execution, _run: Run, _seq: int, event: ExecutionDelayed) -> None:
        if execution.status == "pending":
            execution.delayed_reason = event.reason

    def _started(self, execution: Execution, run: Run, _seq: int, event: ExecutionStarted) -> None:
        fill(execution, event)
        run.runner_id, run.started_at, run.status = event.runner_id, event.started_at, "running"
        if execution.is_terminal:
            return
        if run.run > 1:
            self._close_before(run)
        execution.status, execution.run, execution.started_at = "running", run.run, event.started_at
        execution.delayed_reason = None
        if event.planned:
            execution.planned = _json(event.planned)
        set_deadline(execution, self._settings)

    def _close_before(self, run: Run) -> None:
        self._book.lose_other_runs(run)
        self._book.closings.append(
            Closing(run.execution_id, run.claim - 1, "runner_lost", "runner lost", self._book.now)
        )

    def _step_started(self, execution: Execution, run: Run, _seq: int, event: StepStarted) -> None:
        self._book.steps[run.execution_id, run.run, event.path] = _step(execution, run, event, "running")

    def _step_finished(self, execution: Execution, run: Run, _seq: int, event: StepFinished) -> None:
        step = _step(execution, run, event, event.status)
        step.finished_at, step.duration_ms = event.finished_at, event.duration_ms
        step.input, step.output = _known(event.input), _known(event.output)
        step.outputs = _known(event.outputs)
        step.assertions, step.attempts = _known(event.assertions), _known(event.attempts)
        step.error_code, step.error_message = event.error_code, event.error_message
        step.line, step.column, step.retry_count = event.line, event.column, event.retry_count
        self._book.steps[run.execution_id, run.run, event.path] = step

    def _logged(self, execution: Execution, run: Run, seq: int, event: LogLine) -> None:
        self._book.logs.append(
            Log(
                run.execution_id,
                run.run,
                seq,
                execution.project_id,
                event.path,
                event.level,
                event.message,
                event.at,
            )
        )

    def _stored(self, execution: Execution, run: Run, _seq: int, event: ArtifactStored) -> None:
        step_id = step_row_id(run.execution_id, run.run, event.path) if event.path else None
        self._book.artifacts.append(
            Artifact(
                id=event.artifact_id,
                project_id=execution.project_id,
                execution_id=run.execution_id,
                run=run.run,
                step_id=step_id,
                path=event.path,
                type=event.content_type,
                name=event.name,
                storage_path=event.storage_path,
                size_bytes=event.size_bytes,
                sha256=event.sha256,
                created_at=event.at,
            )
        )

    def _finished(self, execution: Execution, run: Run, _seq: int, event: ExecutionFinished) -> None:
        fill(execution, event)
        run.status, run.finished_at = event.status, event.finished_at
        if run.started_at is None:
            run.started_at = event.started_at
        if execution.is_terminal:
            self._book.told.again[execution.id] = execution
            return
        execution.run, execution.lost_events = run.run, run.lost_events
        execution.started_at = execution.started_at or event.started_at
        execution.duration_ms = event.duration_ms
        execution.outputs, execution.step_counts = _known(event.outputs), _known(event.step_counts)
        execution.warnings = _known([*event.warnings, *_of_reruns(run)])
        if run.lost_events:
            reason = "how this step ended was not heard"
            self._book.closings.append(Closing(run.execution_id, run.claim, "event_lost", reason, self._book.now))
        how = End(event.status, event.finished_at, event.error_code, event.error_message)
        end(execution, how, self._book.told)


def _of_reruns(run: Run) -> list[str]:
    """Say that the tested system may have seen the flow more than once."""
    if run.run == 1:
        return []
    return [f"this is run {run.run}: the runner of an earlier one was lost, so that effects may have happened twice"]


def _step(execution: Execution, run: Run, event: StepStarted | StepFinished, status: str) -> Step:
    parent = event.parent_path
    return Step(
        run.execution_id,
        run.run,
        event.path,
        execution.project_id,
        run.claim,
        event.number,
        step_row_id(run.execution_id, run.run, event.path),
        event.step_id,
        event.name,
        step_row_id(run.execution_id, run.run, parent) if parent else None,
        parent,
        event.iteration,
        event.phase,
        event.action,
        status,
        event.started_at,
    )


def _known(value: Any) -> str | None:
    """Return a value as JSON; nothing where there is nothing to keep."""
    return None if value is None or value == [] or value == {} else _json(value)


def _json(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], BaseModel):
        value = [part.model_dump() for part in value]
    return to_json(value, inf_nan_mode="strings").decode()
