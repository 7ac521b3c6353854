"""Schedules: flows that the clock executes."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import Field

from testmesh_api.bodies import Body, read_body, takes
from testmesh_api.changes import Change
from testmesh_api.gateway import Gateway, Here
from testmesh_api.idempotency import Sent
from testmesh_api.openapi import problems
from testmesh_api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, link_next
from testmesh_api.preconditions import IfMatch, etag, expected_version
from testmesh_api.principals import MayReadSchedules, MayWriteSchedules, Principal
from testmesh_contracts import uuid7
from testmesh_contracts.flows import FlowView
from testmesh_contracts.queries import GetFlow, GetSchedule, ListSchedules, ScheduleList
from testmesh_contracts.schedules import CreateSchedule, DeleteSchedule, ScheduleView

router = APIRouter(prefix="/schedules", tags=["schedules"])


class ScheduleBody(Body):
    """A schedule as it shall be; five fields of cron, or @hourly, @daily and the like."""

    name: str = Field(min_length=1, max_length=255)
    flow_id: UUID
    cron_expression: str = Field(min_length=1, max_length=255)
    timezone: str = Field(default="UTC", min_length=1, max_length=64)
    environment: str | None = Field(default=None, max_length=255)
    variables: dict[str, Any] = Field(default_factory=dict)
    enabled: bool = True


@router.post("", status_code=201, openapi_extra=takes(ScheduleBody), responses=problems(404, 409))
async def create(
    request: Request, response: Response, here: Here, sent: Sent, principal: MayWriteSchedules
) -> ScheduleView:
    """Keep a new schedule of a flow that exists."""
    body: ScheduleBody = await read_body(request, ScheduleBody)
    await here.storage.ask(GetFlow(project_id=principal.project_id, flow_id=body.flow_id), FlowView)
    command = CreateSchedule(
        command_id=sent.command_id(principal.name, "schedule.create"),
        project_id=principal.project_id,
        principal=principal.name,
        schedule_id=uuid7(),
        **body.model_dump(),
    )
    change = Change.creating(principal, command, command.schedule_id, sent)
    schedule = await here.schedule_changes.carry_out(change, ScheduleView)
    response.headers["Location"] = f"{request.url.path.rstrip('/')}/{schedule.id}"
    response.headers["ETag"] = etag(schedule.version)
    return schedule


@router.get("")
async def browse(
    request: Request,
    response: Response,
    here: Here,
    principal: MayReadSchedules,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[ScheduleView]:
    """List schedules, newest first."""
    after = await here.cursors.read_id("schedules", cursor)
    question = ListSchedules(project_id=principal.project_id, limit=limit, after=after)
    found = await here.scheduler.ask(question, ScheduleList)
    last = str(found.items[-1].id) if len(found.items) == limit else None
    following = None if last is None else await here.cursors.give("schedules", last)
    link_next(request, response, following)
    return Page(items=found.items, next_cursor=following, total_estimate=found.total_estimate)


@router.get("/{schedule_id:uuid}")
async def get(schedule_id: UUID, response: Response, here: Here, principal: MayReadSchedules) -> ScheduleView:
    """Return a schedule."""
    schedule = await _get(here, principal, schedule_id)
    response.headers["ETag"] = etag(schedule.version)
    return schedule


@router.delete("/{schedule_id:uuid}", status_code=204, responses=problems(412, 428))
async def delete(schedule_id: UUID, here: Here, principal: MayWriteSchedules, if_match: IfMatch = None) -> None:
    """Remove a schedule; what it started goes on."""

    async def current() -> int:
        return (await _get(here, principal, schedule_id)).version

    command = DeleteSchedule(
        command_id=uuid7(),
        project_id=principal.project_id,
        principal=principal.name,
        schedule_id=schedule_id,
        expected_version=await expected_version(if_match, current),
    )
    await here.schedule_changes.remove(Change(principal, command, schedule_id))


async def _get(here: Gateway, principal: Principal, schedule_id: UUID) -> ScheduleView:
    question = GetSchedule(project_id=principal.project_id, schedule_id=schedule_id)
    return await here.scheduler.ask(question, ScheduleView)
