"""The only clock: slots that have come are decided, then become execution requests, each once.

Two transactions. The first decides, under a row lock that other replicas pass over: the slot is due, the
schedule's next slot is set. Between them storage is asked what the executions need. The second makes the
request and marks the slot fired. What dies in between leaves a due slot, which the next tick takes up.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Gauge
from pydantic_core import from_json

from testmesh_chassis.bus import Bus, Received
from testmesh_chassis.database import Database
from testmesh_chassis.errors import FaultError, NoAnswerError
from testmesh_chassis.outbox import Outbox, OutboxRow, outbox_row
from testmesh_chassis.relay import Relay
from testmesh_contracts import EntryInvalidError, event_id, uuid7
from testmesh_contracts.executions import ExecutionRequested
from testmesh_contracts.queries import Resolution, ResolvedItem, ResolveExecution, ResolveItem
from testmesh_contracts.schedules import ScheduleFired
from testmesh_contracts.topics import REQUESTS, SCHEDULE_EVENTS, STORAGE_QUERIES
from testmesh_scheduler.config import SchedulerSettings
from testmesh_scheduler.cron import next_slot
from testmesh_scheduler.errors import ScheduleInvalidError
from testmesh_scheduler.repository import DueFire, DueSchedule, Fires

BATCH = 100

_log = structlog.get_logger(__name__)
_lag = Gauge("testmesh_schedule_lag_seconds", "How late the oldest due slot is.")


class Ticker:
    """Fires schedules at each `tick`; any number of replicas may tick."""

    def __init__(self, database: Database, bus: Bus, outbox: Outbox, relay: Relay, settings: SchedulerSettings) -> None:
        self._database = database
        self._bus = bus
        self._outbox = outbox
        self._relay = relay
        self._window = timedelta(seconds=settings.catchup_window_s)

    async def tick(self) -> None:
        """Decide the slots that have come, and make requests of those that wait."""
        while await self._decide() == BATCH:
            pass
        await self._fire()

    async def confirm_requests(self, batch: Sequence[Received[Any]]) -> None:
        """Forget requests whose executions have ended."""
        async with self._database.connection() as connection:
            await self._outbox.confirm(connection, [received.message.execution_id for received in batch])

    async def _decide(self) -> int:
        async with self._database.transaction() as connection:
            fires = Fires(connection)
            due = await fires.take_due(BATCH)
            if due:
                now = await fires.now()
                await fires.decide(
                    [
                        (
                            schedule,
                            *self._state(schedule.slot, now),
                            _following(schedule, now),
                        )
                        for schedule in due
                    ]
                )
        return len(due)

    def _state(self, slot: datetime, now: datetime) -> tuple[str, str | None]:
        if now - slot > self._window:
            return "missed", "no scheduler ran at that time"
        return "due", None

    async def _fire(self) -> None:
        async with self._database.connection() as connection:
            fires = Fires(connection)
            due, now = await fires.due(BATCH), await fires.now()
        _lag.set(max(((now - fire.slot).total_seconds() for fire in due), default=0))
        by_project: dict[UUID, list[DueFire]] = {}
        for fire in due:
            by_project.setdefault(fire.project_id, []).append(fire)
        for project_id, waiting in by_project.items():
            await self._request(project_id, waiting, now)

    async def _request(self, project_id: UUID, waiting: Sequence[DueFire], now: datetime) -> None:
        items = [ResolveItem(flow_id=fire.flow_id, environment=fire.environment) for fire in waiting]
        try:
            found = await self._bus.ask(
                STORAGE_QUERIES, ResolveExecution(project_id=project_id, items=items), Resolution
            )
        except (NoAnswerError, FaultError) as error:
            await self._not_resolved(project_id, waiting, now, error)
            return
        rows: list[OutboxRow] = []
        async with self._database.transaction() as connection:
            fires = Fires(connection)
            for fire, resolved in zip(waiting, found.items, strict=True):
                rows += await self._become_request(fires, fire, resolved, now)
            said = await self._outbox.add(connection, rows)
        self._relay.say_soon(said)

    async def _not_resolved(
        self, project_id: UUID, waiting: Sequence[DueFire], now: datetime, error: NoAnswerError | FaultError
    ) -> None:
        """Ask in halves what is too large for one answer; let all else wait for storage, as long as the window."""
        if error.code != "answer_too_large":
            _log.warning("due slots wait for storage", slots=len(waiting), error=str(error))
            await self._miss([fire for fire in waiting if now - fire.slot > self._window], "storage away")
        elif len(waiting) == 1:
            await self._miss(waiting, f"what its execution needs is too large for one answer: {error}")
        else:
            half = len(waiting) // 2
            await self._request(project_id, waiting[:half], now)
            await self._request(project_id, waiting[half:], now)

    async def _miss(self, missed: Sequence[DueFire], reason: str) -> None:
        async with self._database.transaction() as connection:
            for fire in missed:
                await Fires(connection).mark(fire, "missed", reason=reason)

    async def _become_request(
        self, fires: Fires, fire: DueFire, resolved: ResolvedItem, now: datetime
    ) -> list[OutboxRow]:
        if resolved.flow is None:
            await fires.mark(fire, "missed", reason=resolved.error_message or "its flow cannot be executed")
            return []
        execution_id = uuid7()
        request = _request(execution_id, fire, resolved, now)
        try:
            asked = outbox_row(REQUESTS[request.priority], request, key=execution_id)
        except EntryInvalidError as error:
            await fires.mark(fire, "missed", reason=f"its request is too large: {error.reason}")
            return []
        if not await fires.mark(fire, "fired", execution_id=execution_id):
            return []
        fired = ScheduleFired(
            event_id=event_id(fire.slot.isoformat(), fire.schedule_id),
            schedule_id=fire.schedule_id,
            project_id=fire.project_id,
            flow_id=fire.flow_id,
            execution_id=execution_id,
            slot=fire.slot,
            at=now,
        )
        return [asked, outbox_row(SCHEDULE_EVENTS, fired, key=fired.event_id)]


def _following(schedule: DueSchedule, now: datetime) -> datetime | None:
    """Return the schedule's next slot; none where it can no longer be told, which must stop no other schedule."""
    try:
        return next_slot(schedule.cron_expression, schedule.timezone, now)
    except ScheduleInvalidError as error:
        _log.error("schedule stopped, its next slot is not known", schedule_id=str(schedule.id), error=error.message)
        return None


def _request(execution_id: UUID, fire: DueFire, resolved: ResolvedItem, now: datetime) -> ExecutionRequested:
    flow = resolved.flow
    assert flow is not None
    return ExecutionRequested(
        execution_id=execution_id,
        project_id=fire.project_id,
        flow_id=flow.flow_id,
        flow_name=flow.name,
        flow_version=flow.version,
        body=flow.body,
        files=flow.files,
        calls=resolved.calls,
        called=resolved.called,
        environment=resolved.environment,
        variables={**resolved.variables, **from_json(fire.variables)},
        egress=resolved.egress,
        priority=flow.settings.priority,
        trigger_type="scheduled",
        triggered_by=fire.name,
        requested_at=now,
        start_by=now + timedelta(milliseconds=flow.settings.queue_timeout_ms),
        timeout_ms=flow.settings.timeout_ms,
        on_runner_lost=flow.settings.on_runner_lost,
        max_runs=flow.settings.max_runs,
    )
