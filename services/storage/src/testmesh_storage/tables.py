"""Tables that people change one row at a time. The busy ones are written by their repositories alone."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

WHEN: Any = DateTime(timezone=True)


class _Flow(SQLModel):
    project_id: UUID
    name: str
    description: str | None = None
    suite: str | None = None
    source: str
    version: int
    digest: str
    created_at: datetime = Field(sa_type=WHEN)
    created_by: str | None = None


class FlowRow(_Flow, table=True):
    """A flow in its latest version."""

    __tablename__ = "flows"
    __table_args__ = {"schema": "flows"}

    id: UUID = Field(primary_key=True)
    tags: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    definition: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    settings: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    files: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    calls: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
    environment: str | None = None
    updated_at: datetime = Field(sa_type=WHEN)
    deleted_at: datetime | None = Field(default=None, sa_type=WHEN)


class FlowVersionRow(_Flow, table=True):
    """A flow as it was in one of its versions."""

    __tablename__ = "flow_versions"
    __table_args__ = {"schema": "flows"}

    flow_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    tags: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    definition: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    settings: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    files: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    calls: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))


class EnvironmentRow(SQLModel, table=True):
    """Named variables of a project."""

    __tablename__ = "environments"
    __table_args__ = {"schema": "flows"}

    id: UUID = Field(primary_key=True)
    project_id: UUID
    name: str
    description: str | None = None
    variables: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    secrets: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSONB, nullable=False))
    egress: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    version: int
    created_at: datetime = Field(sa_type=WHEN)
    updated_at: datetime = Field(sa_type=WHEN)
