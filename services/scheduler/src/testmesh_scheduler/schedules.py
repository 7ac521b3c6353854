"""What can be asked of schedules and done to them."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel
from sqlmodel.ext.asyncio.session import AsyncSession

from testmesh_chassis.bus import Received
from testmesh_chassis.database import Database
from testmesh_chassis.inbox import Inbox
from testmesh_contracts.flows import Command, FlowDeleted
from testmesh_contracts.queries import GetSchedule, ListSchedules, ScheduleList
from testmesh_contracts.schedules import CreateSchedule, DeleteSchedule, ScheduleView
from testmesh_scheduler.cron import next_slot
from testmesh_scheduler.errors import ScheduleNameTakenError, VersionStaleError
from testmesh_scheduler.repository import Schedules
from testmesh_scheduler.tables import SCHEMA


class ScheduleBook:
    """Applies commands once each, and answers questions."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._inbox = Inbox(SCHEMA)

    async def apply(self, command: Command) -> Any:
        """Apply a command in one transaction with its inbox row; given again, answer the same."""
        async with self._database.session() as session:
            answer = await self._inbox.find_answer(session, command.command_id)
            if answer is None:
                result = await self._effect_of(command)(session)
                answer = {"result": result.model_dump(mode="json") if isinstance(result, BaseModel) else None}
                await self._inbox.keep_answer(session, command.command_id, answer)
        return answer["result"]

    async def answer(self, question: GetSchedule | ListSchedules) -> ScheduleView | ScheduleList:
        async with self._database.session() as session:
            schedules = Schedules(session)
            if isinstance(question, GetSchedule):
                return await schedules.get(question.project_id, question.schedule_id)
            items = await schedules.list(question.project_id, question.limit, question.after)
            return ScheduleList(items=list(items), total_estimate=await schedules.count(question.project_id))

    async def disable_for_deleted_flows(self, batch: Sequence[Received[Any]]) -> None:
        """Stop the schedules of flows that are gone, and say why."""
        gone = [received.message.flow_id for received in batch if isinstance(received.message, FlowDeleted)]
        if gone:
            async with self._database.session() as session:
                await Schedules(session).disable_for(gone, "its flow was deleted")

    def _effect_of(self, command: Command) -> Callable[[AsyncSession], Awaitable[ScheduleView | None]]:
        if isinstance(command, CreateSchedule):
            return lambda session: _create(session, command)
        assert isinstance(command, DeleteSchedule)
        return lambda session: _delete(session, command)


async def _create(session: AsyncSession, command: CreateSchedule) -> ScheduleView:
    now = datetime.now(UTC)
    following = next_slot(command.cron_expression, command.timezone, now)
    schedules = Schedules(session)
    if await schedules.named(command.project_id, command.name):
        raise ScheduleNameTakenError(command.name)
    schedule = ScheduleView(
        **command.model_dump(exclude={"type", "command_id", "principal", "schedule_id"}),
        id=command.schedule_id,
        next_run_at=following if command.enabled else None,
        version=1,
        created_at=now,
        updated_at=now,
    )
    await schedules.add(schedule)
    return schedule


async def _delete(session: AsyncSession, command: DeleteSchedule) -> None:
    schedules = Schedules(session)
    found = await schedules.get(command.project_id, command.schedule_id, to_change=True)
    if found.version != command.expected_version:
        raise VersionStaleError(found.version)
    await schedules.remove(found.id)
