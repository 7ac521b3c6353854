"""The scheduler's tables. No other module of another service reads them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, MetaData
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

SCHEMA = "scheduler"
_metadata = MetaData(schema=SCHEMA)


def _moment(*, nullable: bool = False) -> Any:
    return Column(DateTime(timezone=True), nullable=nullable)


class ScheduleRow(SQLModel, table=True):
    """A schedule; `next_run_at` is the slot that the ticker waits for."""

    __tablename__ = "schedules"
    metadata = _metadata

    id: UUID = Field(primary_key=True)
    project_id: UUID
    name: str
    flow_id: UUID = Field(index=True)
    cron_expression: str
    timezone: str
    environment: str | None = None
    variables: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSONB, nullable=False))
    enabled: bool = True
    disabled_reason: str | None = None
    version: int = 1
    last_run_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    next_run_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    created_at: datetime = Field(sa_column=_moment())
    updated_at: datetime = Field(sa_column=_moment())
