"""Executions as a client asks for them: one, or up to a thousand at once."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, TypeAdapter, model_validator

from testmesh_api.attachments import Accompanied
from testmesh_api.bodies import Body
from testmesh_contracts.message import Priority
from testmesh_sdk import parse_duration

MOST_AT_ONCE = 1_000
LONGEST_TIMEOUT_MS = 24 * 3_600_000
KEPT_PER_EXECUTION = 50


def _duration(text: str) -> str:
    if not 1 <= milliseconds(text) <= LONGEST_TIMEOUT_MS:
        raise ValueError("a timeout is 1ms to 24h")
    return text


def milliseconds(duration: str) -> int:
    """Return a duration text in milliseconds; ValueError where it is none."""
    return round(parse_duration(duration) * 1000)


Name = Annotated[str, Field(min_length=1, max_length=255)]
Duration = Annotated[str, Field(max_length=40), AfterValidator(_duration)]
Labels = Annotated[dict[Name, Annotated[str, Field(max_length=1000)]], Field(max_length=KEPT_PER_EXECUTION)]


class ExecutionOrder(Accompanied):
    """One execution of a stored flow, or of one that is sent along with what it names."""

    flow_id: UUID | None = None
    definition: dict[str, Any] | None = None
    source: str | None = None
    environment: Name | None = None
    variables: dict[str, Any] = Field(default_factory=dict)
    inputs: dict[str, Any] = Field(default_factory=dict)
    priority: Priority | None = None
    timeout: Duration | None = Field(default=None, examples=["90s", "10m"])
    labels: Labels = Field(default_factory=dict)
    trigger_type: Literal["manual", "api", "ci"] = "api"

    @model_validator(mode="after")
    def _names_one_flow(self) -> "ExecutionOrder":
        if sum(given is not None for given in (self.flow_id, self.definition, self.source)) != 1:
            raise ValueError("give exactly one of flow_id, definition and source")
        if self.flow_id is not None and (self.files or self.calls):
            raise ValueError("a flow that is kept here has its files and calls with its version: leave them out")
        return self


class BulkOrder(Body):
    """Executions that are accepted together, or not at all."""

    items: list[ExecutionOrder] = Field(min_length=1, max_length=MOST_AT_ONCE)


ORDER = TypeAdapter(ExecutionOrder)
BULK = TypeAdapter(BulkOrder)
