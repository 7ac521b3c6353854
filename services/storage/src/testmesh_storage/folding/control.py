"""Cancels end what still waits; what runs is ended by its runner."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog

from testmesh_chassis.bus import Received
from testmesh_chassis.database import Connection
from testmesh_chassis.outbox import Outbox
from testmesh_contracts import Message
from testmesh_contracts.executions import CancelExecution
from testmesh_storage.folding.announcer import Announcer
from testmesh_storage.folding.clock import Clock, now
from testmesh_storage.folding.completion import End, Told, end, keep_results
from testmesh_storage.folding.requests import fill
from testmesh_storage.repository import executions
from testmesh_storage.repository.executions import Execution

_log = structlog.get_logger(__name__)


class ControlFold:
    """Folds the cancels of `executions.control`; the rest of that topic is for runners."""

    def __init__(self, outbox: Outbox, announcer: Announcer, clock: Clock = now) -> None:
        self._outbox = outbox
        self._announcer = announcer
        self._clock = clock

    async def apply(self, connection: Connection, batch: Sequence[Received[Any]]) -> Callable[[], None] | None:
        """End pending executions as cancelled; say again how ended ones ended."""
        cancels = {
            received.message.execution_id: received
            for received in reversed(batch)
            if isinstance(received.message, CancelExecution)
        }
        if not cancels:
            return None
        told = Told()
        known = await executions.make_and_lock(connection, cancels)
        for execution in known.values():
            self._cancel(execution, cancels[execution.id], told)
        await executions.save(connection, known.values())
        await keep_results(connection, self._outbox, told)
        return self._announcer.after(told)

    async def mark_dead(
        self,
        connection: Connection,  # noqa: ARG002 - nothing is known that a row could keep
        message: Message | None,
        fields: Mapping[bytes, bytes],
    ) -> None:
        """Leave it to who cancels: the cancel stays in its outbox and is said again."""
        kind = message.type if message else fields.get(b"type", b"").decode("utf-8", "replace")
        _log.warning("entry of executions.control dead-lettered", type=kind)

    def _cancel(self, execution: Execution, received: Received[CancelExecution], told: Told) -> None:
        cancel = received.message
        fill(execution, cancel)
        execution.trace_id = execution.trace_id or received.entry.trace
        if execution.is_terminal:
            told.again[execution.id] = execution
        elif execution.status == "pending":
            end(execution, End("cancelled", self._clock(), "cancelled", cancel.reason), told)
