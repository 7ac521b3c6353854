"""Cancelling: the wish is durable when answered, and heard by whoever runs the execution."""

from datetime import UTC, datetime
from uuid import UUID

from testmesh_api import repository
from testmesh_api.errors import ExecutionFinishedError
from testmesh_api.executions.lookup import Lookup
from testmesh_api.principals import Principal
from testmesh_chassis.database import Database
from testmesh_chassis.outbox import Outbox, OutboxRow, outbox_row
from testmesh_chassis.relay import Relay
from testmesh_chassis.telemetry import current_trace
from testmesh_contracts import TERMINAL
from testmesh_contracts.executions import CancelExecution, ExecutionView
from testmesh_contracts.topics import CONTROL

CANCEL = "execution.cancel"


class Cancelling:
    """Writes wishes to cancel; one is enough for an execution."""

    def __init__(self, database: Database, outbox: Outbox, relay: Relay, lookup: Lookup) -> None:
        self._database = database
        self._outbox = outbox
        self._relay = relay
        self._lookup = lookup

    async def cancel(self, principal: Principal, execution_id: UUID) -> ExecutionView:
        """Return the execution as it was when the wish was written.

        Raises:
            ExecutionNotFoundError: nobody accepted it.
            ExecutionFinishedError: it has ended.
        """
        found = await self._lookup.get(principal, execution_id, steps=False, afresh=True)
        if found.status in TERMINAL:
            raise ExecutionFinishedError(execution_id, found.status)
        if found.upload is not None:
            # It has ended where it was run; a cancel that storage hears first would take its place.
            raise ExecutionFinishedError(execution_id, "uploaded")
        row = _row(principal, found)
        async with self._database.transaction() as connection:
            rows = await self._outbox.find(connection, execution_id)
            if any(waiting.entry.type == CANCEL for waiting in rows):
                return found
            await repository.add_audit_event(connection, principal, CANCEL, execution_id, "accepted")
            written = await self._outbox.add(connection, [row])
        self._relay.say_soon(written)
        return found


def _row(principal: Principal, found: ExecutionView) -> OutboxRow:
    message = CancelExecution(
        execution_id=found.id,
        project_id=found.project_id,
        flow_id=found.flow_id,
        flow_name=found.flow_name,
        flow_version=found.flow_version,
        trigger_type=found.trigger_type,
        requested_by=principal.name,
        requested_at=datetime.now(UTC),
    )
    return outbox_row(CONTROL, message, key=found.id, trace=current_trace())
