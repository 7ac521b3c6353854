"""Accepting executions: durable when answered, all of a request or nothing of it, once for each key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pydantic import BaseModel
from pydantic_core import from_json, to_json

from testmesh_api import repository
from testmesh_api.errors import (
    MOST_FAULTS,
    BatchTooLargeError,
    Fault,
    ItemsRefusedError,
    KeyReusedError,
    MessageTooLargeError,
)
from testmesh_api.executions.inputs import input_faults
from testmesh_api.executions.orders import ExecutionOrder, milliseconds
from testmesh_api.executions.plans import Plan, Planner
from testmesh_api.idempotency import Attempt
from testmesh_api.principals import Principal
from testmesh_chassis.database import Connection, Database
from testmesh_chassis.outbox import Outbox, OutboxRow, outbox_row
from testmesh_chassis.relay import Relay
from testmesh_chassis.telemetry import current_trace
from testmesh_contracts import EntryInvalidError, uuid7
from testmesh_contracts.executions import ExecutionRequested
from testmesh_contracts.message import ExecutionStatus
from testmesh_contracts.topics import REQUESTS

ROUTE = "executions.create"
STATUS = 202
MOST_BATCH_BYTES = 32 * 1024 * 1024
"""A thousand of the largest flow that travels in a message, and a bulk of inputs, have room."""


class Accepted(BaseModel):
    """An execution that is accepted: it will have a result."""

    id: UUID
    status: ExecutionStatus = "pending"


class BulkAccepted(BaseModel):
    """Executions that were accepted together, in the order asked."""

    batch_id: UUID
    items: list[Accepted]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the client is told, and the execution where it asked for one."""

    body: bytes
    execution_id: UUID | None


class Acceptance:
    """Accepts orders: the requests, their key and the audit event are one transaction."""

    def __init__(self, database: Database, outbox: Outbox, relay: Relay, planner: Planner) -> None:
        self._database = database
        self._outbox = outbox
        self._relay = relay
        self._planner = planner

    async def accept(
        self, principal: Principal, orders: Sequence[ExecutionOrder], sent: Attempt, *, bulk: bool
    ) -> Receipt:
        """Return the receipt of the orders; of their first sending, where the key was used before."""
        if sent.key is not None:
            async with self._database.connection() as connection:
                if kept := await self._kept(connection, principal, sent.key, sent.digest):
                    return kept
        places = [f"/items/{number}" for number in range(len(orders))] if bulk else [""]
        plans = await self._planner.plans_of(principal.project_id, orders, places)
        _assert_inputs_fit(orders, plans, places)
        batch = uuid7() if bulk else None
        rows = _rows(principal, orders, plans, places, batch)
        receipt = _receipt(rows, batch)
        async with self._database.transaction() as connection:
            if sent.key is not None and not await repository.claim_key(
                connection, principal, ROUTE, sent.key, sent.digest
            ):
                kept = await self._kept(connection, principal, sent.key, sent.digest)
                assert kept is not None
                return kept
            written = await self._write(connection, principal, rows, batch, plans)
            if sent.key is not None:
                await repository.keep_answer(connection, principal, ROUTE, sent.key, STATUS, receipt.body)
        self._relay.say_soon(written)
        return receipt

    async def _write(
        self,
        connection: Connection,
        principal: Principal,
        rows: Sequence[OutboxRow],
        batch: UUID | None,
        plans: Sequence[Plan],
    ) -> list[OutboxRow]:
        details = {"count": len(rows), "flows": sorted({plan.flow_name for plan in plans})[:20]}
        subject = batch or rows[0].key
        await repository.add_audit_event(connection, principal, "execution.request", subject, "accepted", details)
        return await self._outbox.add(connection, rows)

    async def _kept(self, connection: Connection, principal: Principal, key: str, digest: str) -> Receipt | None:
        kept = await repository.find_answer(connection, principal, ROUTE, key)
        if kept is None:
            return None
        if kept.request_digest != digest:
            raise KeyReusedError(key)
        assert kept.body is not None
        told = from_json(kept.body)
        return Receipt(kept.body, UUID(told["id"]) if "id" in told else None)


def _assert_inputs_fit(orders: Sequence[ExecutionOrder], plans: Sequence[Plan], places: Sequence[str]) -> None:
    faults: list[Fault] = []
    for order, plan, place in zip(orders, plans, places, strict=True):
        variables = plan.variables.keys() | order.variables.keys()
        faults += input_faults(plan.inputs, order.inputs, variables, f"{place}/inputs")
    if faults:
        raise ItemsRefusedError(faults[:MOST_FAULTS])


def _rows(
    principal: Principal,
    orders: Sequence[ExecutionOrder],
    plans: Sequence[Plan],
    places: Sequence[str],
    batch: UUID | None,
) -> list[OutboxRow]:
    now = datetime.now(UTC)
    trace = current_trace()
    rows: list[OutboxRow] = []
    room = MOST_BATCH_BYTES
    for order, plan, place in zip(orders, plans, places, strict=True):
        message = _request(principal, order, plan, batch, now)
        try:
            rows.append(outbox_row(REQUESTS[message.priority], message, key=message.execution_id, trace=trace))
        except EntryInvalidError as error:
            raise MessageTooLargeError(error.reason, place) from error
        room -= len(rows[-1].entry.body)
        if room < 0:
            raise BatchTooLargeError(MOST_BATCH_BYTES, len(rows) - 1, len(orders))
    return rows


def _request(
    principal: Principal, order: ExecutionOrder, plan: Plan, batch: UUID | None, now: datetime
) -> ExecutionRequested:
    settings = plan.settings
    return ExecutionRequested(
        execution_id=uuid7(),
        project_id=principal.project_id,
        flow_id=plan.flow_id,
        flow_name=plan.flow_name,
        flow_version=plan.flow_version,
        body=plan.body,
        files=plan.files,
        calls=plan.calls,
        called=plan.called,
        environment=plan.environment,
        variables={**plan.variables, **order.variables},
        egress=plan.egress,
        inputs=order.inputs,
        priority=order.priority or settings.priority,
        trigger_type=order.trigger_type,
        triggered_by=principal.name,
        batch_id=batch,
        labels=order.labels,
        requested_at=now,
        start_by=now + timedelta(milliseconds=settings.queue_timeout_ms),
        timeout_ms=settings.timeout_ms if order.timeout is None else milliseconds(order.timeout),
        on_runner_lost=settings.on_runner_lost,
        max_runs=settings.max_runs,
    )


def _receipt(rows: Sequence[OutboxRow], batch: UUID | None) -> Receipt:
    if batch is None:
        return Receipt(to_json(Accepted(id=rows[0].key)), rows[0].key)
    items = [{"id": row.key, "status": "pending"} for row in rows]
    return Receipt(to_json({"batch_id": batch, "items": items}), None)
