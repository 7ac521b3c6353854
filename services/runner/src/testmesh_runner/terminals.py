"""The last event of a run: how it ended, or why it was ended without being run."""

import time
from datetime import UTC, datetime
from typing import Any

from testmesh_contracts.events import ExecutionFinished, ExecutionStarted
from testmesh_contracts.executions import ExecutionRequested
from testmesh_contracts.message import TerminalStatus
from testmesh_engine.executor import FlowOutcome
from testmesh_engine.language import Flow
from testmesh_runner.assignments import Assignment


class Stopwatch:
    """When a run began, by both clocks."""

    def __init__(self) -> None:
        self.started_at = datetime.now(UTC)
        self._began = time.perf_counter()

    @property
    def elapsed_ms(self) -> float:
        return round((time.perf_counter() - self._began) * 1000, 3)


def started(request: ExecutionRequested, flow: Flow, runner_id: str, watch: Stopwatch) -> ExecutionStarted:
    return ExecutionStarted(
        **_subject(request),
        environment=request.environment,
        triggered_by=request.triggered_by,
        runner_id=runner_id,
        started_at=watch.started_at,
        planned=flow.steps_planned(),
    )


def finished(
    request: ExecutionRequested, outcome: FlowOutcome, watch: Stopwatch, cancel_reason: str | None
) -> ExecutionFinished:
    """Return how a run that was carried out ended; a cancelled one says who wanted it so."""
    cancelled = outcome.status == "cancelled" and cancel_reason is not None
    return ExecutionFinished(
        **_subject(request),
        status=outcome.status,
        started_at=watch.started_at,
        finished_at=datetime.now(UTC),
        duration_ms=watch.elapsed_ms,
        error_code="cancelled" if cancelled else outcome.error_code,
        error_message=cancel_reason if cancelled else outcome.error_message,
        warnings=outcome.warnings,
        outputs=outcome.outputs,
        step_counts=outcome.step_counts,
    )


def broken(request: ExecutionRequested, code: str, message: str) -> ExecutionFinished:
    """Return the end of a run that could not be carried out."""
    return _unrun(request, "error", code, message)


def cancelled(request: ExecutionRequested, reason: str) -> ExecutionFinished:
    """Return the end of a run that was cancelled before its first step."""
    return _unrun(request, "cancelled", "cancelled", reason)


def skipped(request: ExecutionRequested, why: str) -> ExecutionFinished:
    """Return the end of an execution that is left out because of its concurrency key."""
    return _unrun(request, "cancelled", "skipped_by_concurrency", f"skipped by concurrency: {why}")


def unrun(assignment: Assignment) -> ExecutionFinished:
    """Return the end of an execution that is not to be run, by the verdict on it."""
    request = assignment.request
    if assignment.verdict == "cancelled":
        return cancelled(request, assignment.reason or "cancelled before it started")
    if assignment.verdict == "queue_timeout":
        missing = "no runner was free, or its concurrency key was not,"
        message = f"queue timeout: {missing} before {request.start_by.isoformat()}"
        return _unrun(request, "error", "queue_timeout", message)
    rule = (
        "the flow says on_runner_lost: fail"
        if request.on_runner_lost == "fail"
        else f"its {request.max_runs} runs are used up"
    )
    message = f"runner lost: the runner of run {assignment.run - 1} ended before the flow did, and {rule}"
    return _unrun(request, "error", "runner_lost", message)


def _unrun(request: ExecutionRequested, status: TerminalStatus, code: str, message: str) -> ExecutionFinished:
    return ExecutionFinished(
        **_subject(request),
        status=status,
        finished_at=datetime.now(UTC),
        duration_ms=0,
        error_code=code,
        error_message=message,
    )


def _subject(request: ExecutionRequested) -> dict[str, Any]:
    return {
        "project_id": request.project_id,
        "flow_id": request.flow_id,
        "flow_name": request.flow_name,
        "flow_version": request.flow_version,
        "trigger_type": request.trigger_type,
    }
