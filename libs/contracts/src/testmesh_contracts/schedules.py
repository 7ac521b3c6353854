"""Schedules: commands that change them, the fact that one fired, how they are seen."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from testmesh_contracts.flows import Command
from testmesh_contracts.message import JsonObject, Message, Payload, Timestamp


class ScheduleView(Payload):
    """When a flow is executed by the clock."""

    id: UUID
    project_id: UUID
    name: str
    flow_id: UUID
    cron_expression: str
    timezone: str
    environment: str | None = None
    variables: JsonObject = {}
    enabled: bool
    disabled_reason: str | None = None
    last_run_at: Timestamp | None = None
    next_run_at: Timestamp | None = None
    version: int
    created_at: Timestamp
    updated_at: Timestamp


class CreateSchedule(Command):
    """Keep a new schedule. Answer: ScheduleView. Errors: `schedule_name_taken`, `schedule_invalid`."""

    type: Literal["schedule.create"] = "schedule.create"
    schedule_id: UUID
    name: str = Field(min_length=1, max_length=255)
    flow_id: UUID
    cron_expression: str
    timezone: str = "UTC"
    environment: str | None = None
    variables: JsonObject = {}
    enabled: bool = True


class DeleteSchedule(Command):
    """Remove a schedule. Answer: none. Errors: `schedule_not_found`, `version_stale`."""

    type: Literal["schedule.delete"] = "schedule.delete"
    schedule_id: UUID
    expected_version: int


class ScheduleFired(Message):
    """A slot of a schedule became an execution request."""

    type: Literal["schedule.fired"] = "schedule.fired"
    event_id: UUID
    schedule_id: UUID
    project_id: UUID
    flow_id: UUID
    execution_id: UUID
    slot: Timestamp
    at: Timestamp
