"""Rows of schedules and fires: read, changed, never committed here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from testmesh_chassis.database import Connection
from testmesh_contracts.schedules import ScheduleView
from testmesh_scheduler.errors import ScheduleNotFoundError
from testmesh_scheduler.tables import ScheduleRow


class Schedules:
    """Schedules, one at a time, in the session of a command or question."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, schedule: ScheduleView) -> None:
        self._session.add(ScheduleRow.model_validate(schedule.model_dump()))
        await self._session.flush()

    async def get(self, project_id: UUID, schedule_id: UUID, *, to_change: bool = False) -> ScheduleView:
        """Return a schedule, locked where it is to be changed; ScheduleNotFoundError where there is none."""
        question = select(ScheduleRow).where(ScheduleRow.id == schedule_id, ScheduleRow.project_id == project_id)
        row = (await self._session.exec(question.with_for_update() if to_change else question)).first()
        if row is None:
            raise ScheduleNotFoundError(schedule_id)
        return _view(row)

    async def list(self, project_id: UUID, limit: int, after: UUID | None) -> Sequence[ScheduleView]:
        question = select(ScheduleRow).where(ScheduleRow.project_id == project_id)
        if after is not None:
            question = question.where(col(ScheduleRow.id) < after)
        found = await self._session.exec(question.order_by(col(ScheduleRow.id).desc()).limit(limit))
        return [_view(row) for row in found]

    async def count(self, project_id: UUID) -> int:
        question = select(func.count()).select_from(ScheduleRow).where(ScheduleRow.project_id == project_id)
        return (await self._session.exec(question)).one()

    async def named(self, project_id: UUID, name: str) -> bool:
        question = select(ScheduleRow.id).where(ScheduleRow.project_id == project_id, ScheduleRow.name == name)
        return (await self._session.exec(question)).first() is not None

    async def remove(self, schedule_id: UUID) -> None:
        row = await self._session.get(ScheduleRow, schedule_id)
        await self._session.delete(row)
        await self._session.flush()

    async def disable_for(self, flow_ids: Sequence[UUID], reason: str) -> None:
        await self._session.exec(
            update(ScheduleRow)
            .where(col(ScheduleRow.flow_id).in_(flow_ids), col(ScheduleRow.enabled))
            .values(enabled=False, disabled_reason=reason, next_run_at=None, version=ScheduleRow.version + 1)
        )


def _view(row: ScheduleRow) -> ScheduleView:
    return ScheduleView.model_validate(row.model_dump())


@dataclass(frozen=True)
class DueSchedule:
    """A schedule whose slot has come."""

    id: UUID
    slot: datetime
    cron_expression: str
    timezone: str


@dataclass(frozen=True)
class DueFire:
    """A slot that was decided and is not yet a request."""

    schedule_id: UUID
    slot: datetime
    project_id: UUID
    name: str
    flow_id: UUID
    environment: str | None
    variables: str


class Fires:
    """Slots and what became of them, many at a time, on the ticker's connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def now(self) -> datetime:
        """The database's clock, the only one that decides."""
        found: datetime = await self._connection.fetchval("SELECT clock_timestamp()")
        return found

    async def take_due(self, limit: int) -> list[DueSchedule]:
        """Return schedules whose slot has come, locked; another replica passes over them."""
        found = await self._connection.fetch(
            "SELECT id, next_run_at AS slot, cron_expression, timezone FROM scheduler.schedules"
            " WHERE enabled AND next_run_at <= clock_timestamp() ORDER BY next_run_at LIMIT $1 FOR UPDATE SKIP LOCKED",
            limit,
        )
        return [DueSchedule(**row) for row in found]

    async def decide(self, due: Sequence[tuple[DueSchedule, str, str | None, datetime | None]]) -> None:
        """Write each slot with its state and reason, and the schedule's next slot."""
        await self._connection.executemany(
            "INSERT INTO scheduler.fires (schedule_id, slot, state, reason) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT DO NOTHING",
            [(schedule.id, schedule.slot, state, reason) for schedule, state, reason, _ in due],
        )
        await self._connection.executemany(
            "UPDATE scheduler.schedules SET last_run_at = next_run_at, next_run_at = $2::timestamptz,"
            " enabled = $2::timestamptz IS NOT NULL,"
            " disabled_reason = CASE WHEN $2::timestamptz IS NULL THEN 'its next slot is not known' END WHERE id = $1",
            [(schedule.id, following) for schedule, _, _, following in due],
        )

    async def due(self, limit: int) -> list[DueFire]:
        """Return slots that wait to become requests, oldest first."""
        found = await self._connection.fetch(
            "SELECT f.schedule_id, f.slot, s.project_id, s.name, s.flow_id, s.environment, s.variables"
            " FROM scheduler.fires f JOIN scheduler.schedules s ON s.id = f.schedule_id"
            " WHERE f.state = 'due' ORDER BY f.slot LIMIT $1",
            limit,
        )
        return [DueFire(**row) for row in found]

    async def mark(self, fire: DueFire, state: str, *, reason: str | None = None, execution_id: Any = None) -> bool:
        """Say what became of a due slot; False where another replica said so before."""
        status: str = await self._connection.execute(
            "UPDATE scheduler.fires SET state = $3, reason = $4, execution_id = $5, decided_at = clock_timestamp()"
            " WHERE schedule_id = $1 AND slot = $2 AND state = 'due'",
            fire.schedule_id,
            fire.slot,
            state,
            reason,
            execution_id,
        )
        return status == "UPDATE 1"
