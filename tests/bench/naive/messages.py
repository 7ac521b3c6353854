"""What the three processes say to one another."""

import os
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from faststream.redis import RedisBroker
from pydantic import BaseModel

REQUESTS = "naive.requests"
EVENTS = "naive.events"


class Step(BaseModel):
    """A step of a flow."""

    id: str
    action: Literal["http_request", "set", "assert"]
    config: dict[str, Any] = {}
    assertions: list[str] = []


class Definition(BaseModel):
    """A flow."""

    name: str
    steps: list[Step]


class ExecutionRequested(BaseModel):
    """Somebody wants a flow to run."""

    execution_id: UUID
    definition: Definition


class Event(BaseModel):
    """Something happened in an execution, or in one step of it."""

    type: Literal["execution.started", "step.started", "step.finished", "execution.finished"]
    execution_id: UUID
    at: datetime
    step_id: str | None = None
    status: str | None = None
    input: dict[str, Any] | None = None
    output: dict[str, Any] | None = None
    assertions: list[dict[str, Any]] = []


def connect() -> RedisBroker:
    return RedisBroker(os.environ["NAIVE_REDIS_URL"])
