"""How an execution ends: once, and what is then said of it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from prometheus_client import Counter
from pydantic_core import from_json

from testmesh_chassis.database import Connection
from testmesh_chassis.outbox import Outbox, OutboxRow, outbox_row
from testmesh_contracts import event_id
from testmesh_contracts.executions import ExecutionCompleted
from testmesh_contracts.message import TerminalStatus
from testmesh_contracts.topics import RESULTS
from testmesh_storage.config import StorageSettings
from testmesh_storage.repository.executions import Execution

UNREADABLE = "event_unreadable"
UNREADABLE_MESSAGE = "an event of this execution was unreadable, so nobody can tell that it passed"
LOST = "events_lost"
LOST_MESSAGE = "{count} events of this execution did not arrive, so that nobody can see that it passed"

ended = Counter("testmesh_executions_total", "Executions that ended.", ["status", "trigger"])
fenced = Counter("testmesh_fenced_events_total", "Events refused because a newer run has begun.")


@dataclass(frozen=True, slots=True)
class End:
    """How somebody says that an execution ended."""

    status: TerminalStatus
    at: datetime
    code: str | None = None
    message: str | None = None


@dataclass(slots=True)
class Told:
    """What is to be said after the commit of a batch."""

    rows: list[OutboxRow] = field(default_factory=list)
    completed: list[Execution] = field(default_factory=list)
    again: dict[UUID, Execution] = field(default_factory=dict)
    revoked: dict[UUID, int] = field(default_factory=dict)
    resend: dict[tuple[UUID, int], int] = field(default_factory=dict)
    refused: int = 0


def end(execution: Execution, how: End, told: Told) -> None:
    """End an execution that is still open; the first end stays."""
    assert not execution.is_terminal, "the first terminal state stays"
    status, code, message = how.status, how.code, how.message
    if status == "passed" and execution.tainted:
        status, code, message = "error", UNREADABLE, UNREADABLE_MESSAGE
    elif status == "passed" and execution.lost_events:
        status, code, message = "error", LOST, LOST_MESSAGE.format(count=execution.lost_events)
    execution.status = status
    execution.error_code = code
    execution.error_message = message
    execution.finished_at = how.at
    if execution.duration_ms is None and execution.started_at is not None:
        execution.duration_ms = max(0.0, (how.at - execution.started_at).total_seconds() * 1000)
    told.completed.append(execution)


def set_deadline(execution: Execution, settings: StorageSettings) -> None:
    """Say by when an open execution must have begun or ended."""
    if execution.is_terminal:
        return
    if execution.status != "running" or execution.started_at is None:
        execution.deadline_at = execution.start_by
        return
    timeout = (
        settings.unknown_timeout
        if execution.timeout_ms is None
        else timedelta(milliseconds=min(execution.timeout_ms, 10**12))
    )
    execution.deadline_at = execution.started_at + timeout + settings.after_timeout


def result_of(execution: Execution) -> ExecutionCompleted:
    """Return the one result of an execution that has ended, the same event id whenever it is said."""
    warnings: Any = _read(execution.warnings, [])
    if execution.lost_events:
        warnings = [*warnings, f"{execution.lost_events} events of run {execution.run} did not arrive"]
    return ExecutionCompleted.model_validate(
        {
            "event_id": event_id("execution.completed", execution.id),
            "execution_id": execution.id,
            "project_id": execution.project_id,
            "flow_id": execution.flow_id,
            "flow_name": execution.flow_name,
            "flow_version": execution.flow_version,
            "environment": execution.environment,
            "trigger_type": execution.trigger_type,
            "triggered_by": execution.triggered_by,
            "parent_id": execution.parent_id,
            "batch_id": execution.batch_id,
            "labels": _read(execution.labels, {}),
            "status": execution.status,
            "error_code": execution.error_code,
            "error_message": execution.error_message,
            "warnings": warnings,
            "run": execution.run,
            "requested_at": execution.requested_at,
            "started_at": execution.started_at,
            "finished_at": execution.finished_at,
            "duration_ms": execution.duration_ms or 0,
            "step_counts": _read(execution.step_counts, {}),
            "lost_events": execution.lost_events,
            "upload": _read(execution.upload, None),
        }
    )


def result_row(execution: Execution) -> OutboxRow:
    """Return the outbox row that says the result."""
    result = result_of(execution)
    return outbox_row(RESULTS, result, key=result.event_id, trace=execution.trace_id)


async def keep_results(connection: Connection, outbox: Outbox, told: Told) -> None:
    """Put the results of what ended in this transaction into the outbox."""
    told.rows = await outbox.add(connection, [result_row(execution) for execution in told.completed])


def _read(text: str | None, default: Any) -> Any:
    return default if text is None else from_json(text)
