"""Requests become executions that wait; a request that comes late fills what is not known yet."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import structlog
from pydantic_core import from_json, to_json

from testmesh_chassis.bus import Received
from testmesh_chassis.database import Connection
from testmesh_chassis.outbox import Outbox
from testmesh_contracts import Message
from testmesh_contracts.executions import ExecutionRequested
from testmesh_storage.config import StorageSettings
from testmesh_storage.folding.announcer import Announcer
from testmesh_storage.folding.clock import Clock, now
from testmesh_storage.folding.completion import End, Told, end, keep_results, set_deadline
from testmesh_storage.repository import executions
from testmesh_storage.repository.executions import Execution

DEFAULT_PROJECT = UUID("00000000-0000-7000-8000-000000000001")
TRIGGERS = frozenset(("manual", "scheduled", "api", "webhook", "ci"))
DESCRIBED = (
    "project_id",
    "flow_id",
    "flow_name",
    "flow_version",
    "environment",
    "trigger_type",
    "triggered_by",
)
ASKED = ("parent_id", "batch_id", "priority", "requested_at", "start_by", "timeout_ms")

_log = structlog.get_logger(__name__)


def fill(execution: Execution, message: Any, names: Sequence[str] = DESCRIBED) -> None:
    """Take from a message what is not known of the execution yet."""
    for name in names:
        if getattr(execution, name) is None:
            setattr(execution, name, getattr(message, name, None))


class RequestsFold:
    """Folds `executions.requests.*`."""

    def __init__(self, settings: StorageSettings, outbox: Outbox, announcer: Announcer, clock: Clock = now) -> None:
        self._settings = settings
        self._outbox = outbox
        self._announcer = announcer
        self._clock = clock

    async def apply(
        self, connection: Connection, batch: Sequence[Received[ExecutionRequested]]
    ) -> Callable[[], None] | None:
        """Make the rows; fill those that another message made before."""
        asked = {received.message.execution_id: received for received in batch}
        rows = [self._new_row(received) for received in asked.values()]
        added = await executions.add_new(connection, rows)
        if len(added) == len(asked):
            return None
        told = Told()
        known = await executions.lock(connection, asked.keys() - added)
        for execution in known.values():
            self._fill(execution, asked[execution.id], told)
        await executions.save(connection, known.values())
        return self._announcer.after(told)

    async def mark_dead(self, connection: Connection, message: Message | None, fields: Mapping[bytes, bytes]) -> None:
        """End the execution of a request that cannot be read or kept: nobody would run it."""
        request = message if isinstance(message, ExecutionRequested) else None
        said = request.model_dump() if request else _legible(fields)
        execution_id = said.get("execution_id") or _uuid(fields.get(b"execution", b"").decode("ascii", "replace"))
        if not isinstance(execution_id, UUID):
            _log.error("unreadable request names no execution; nobody can be told how it ended")
            return
        execution = (await executions.make_and_lock(connection, [execution_id]))[execution_id]
        if execution.is_terminal:
            return
        execution.project_id = execution.project_id or _uuid(str(said.get("project_id"))) or DEFAULT_PROJECT
        execution.flow_name = execution.flow_name or legible_text(said.get("flow_name")) or "(unreadable)"
        trigger = said.get("trigger_type")
        execution.trigger_type = execution.trigger_type or (trigger if trigger in TRIGGERS else "api")
        told = Told()
        reason = "the request of this execution could not be read; it lies in the dead letters"
        end(execution, End("error", self._clock(), "request_unreadable", reason), told)
        await executions.save(connection, [execution])
        await keep_results(connection, self._outbox, told)

    def _new_row(self, received: Received[ExecutionRequested]) -> Execution:
        execution = Execution(received.message.execution_id)
        self._describe(execution, received)
        set_deadline(execution, self._settings)
        return execution

    def _fill(self, execution: Execution, received: Received[ExecutionRequested], told: Told) -> None:
        self._describe(execution, received)
        if execution.is_terminal:
            told.again[execution.id] = execution
        else:
            set_deadline(execution, self._settings)

    def _describe(self, execution: Execution, received: Received[ExecutionRequested]) -> None:
        request = received.message
        fill(execution, request)
        fill(execution, request, ASKED)
        if execution.labels is None:
            execution.labels = _json(request.labels)
        execution.trace_id = execution.trace_id or received.entry.trace
        context = {"inputs": request.inputs, "variables": request.variables, "digest": request.body.digest}
        execution.context = _json(context)


def _json(value: Any) -> str:
    return to_json(value, inf_nan_mode="strings").decode()


def _legible(fields: Mapping[bytes, bytes]) -> dict[str, Any]:
    """Return what can be read of a request that does not validate."""
    try:
        said = from_json(fields.get(b"body", b""))
    except ValueError:
        return {}
    if not isinstance(said, dict):
        return {}
    return said | {"execution_id": _uuid(str(said.get("execution_id")))}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def legible_text(value: Any) -> str | None:
    """Return a value as a text that Postgres keeps, none where it is not a text."""
    if not isinstance(value, str):
        return None
    return value.replace("\x00", "").encode("utf-8", "replace").decode()
