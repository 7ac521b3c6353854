"""The tables, and sessions on them."""

import os
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, Column, DateTime
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel import Field, SQLModel


class Flow(SQLModel, table=True):
    """A flow, as JSON."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    definition: dict[str, Any] = Field(sa_column=Column(JSON))


class Execution(SQLModel, table=True):
    """One run of a flow."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    flow_id: UUID = Field(index=True)
    status: str = "pending"
    started_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    finished_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class ExecutionStep(SQLModel, table=True):
    """One step of a run."""

    execution_id: UUID = Field(primary_key=True)
    step_id: str = Field(primary_key=True)
    status: str = "running"
    started_at: datetime = Field(sa_type=DateTime(timezone=True))
    finished_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    input: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    output: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    assertions: list[dict[str, Any]] | None = Field(default=None, sa_column=Column(JSON))


def connect() -> AsyncEngine:
    return create_async_engine(os.environ["NAIVE_DATABASE_URL"])
