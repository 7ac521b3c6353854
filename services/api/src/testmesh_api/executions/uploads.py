"""Uploaded results as a client sends them: a local run with its steps, as the engine told them."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from testmesh_api.bodies import Body
from testmesh_api.executions.orders import Labels, Name
from testmesh_contracts.events import LogLine, StepFinished
from testmesh_contracts.message import TerminalStatus, Timestamp

MOST_STEPS = 100_000
MOST_LINES = 100_000
MOST_WARNINGS = 10_000
LONGEST_TEXT = 64 * 1024
LONGEST_SOURCE = 1024 * 1024
LONGEST_MS = 366 * 86_400_000.0
BIGINT = 2**63 - 1
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]


class UploadedResult(Body):
    """How a flow ended that was run in a terminal or in CI, under the UUIDv7 that the run gave itself."""

    id: UUID
    flow_name: Name
    source: str = Field(max_length=LONGEST_SOURCE, description="The flow as it was run, as written")
    environment: Name | None = None
    trigger_type: Literal["manual", "ci"] = "manual"
    labels: Labels = Field(default_factory=dict)
    seed: int | None = Field(default=None, ge=0, le=BIGINT)
    status: TerminalStatus
    error_code: Name | None = None
    error_message: Text | None = None
    warnings: list[Text] = Field(default_factory=list, max_length=MOST_WARNINGS)
    outputs: dict[str, Any] = Field(default_factory=dict)
    started_at: Timestamp
    finished_at: Timestamp
    duration_ms: float = Field(ge=0, le=LONGEST_MS)
    steps: list[StepFinished] = Field(default_factory=list, max_length=MOST_STEPS)
    logs: list[LogLine] = Field(default_factory=list, max_length=MOST_LINES)


UPLOAD = TypeAdapter(UploadedResult)


def made_at(execution_id: UUID) -> datetime | None:
    """Return when a UUIDv7 was made, none for another kind of id."""
    if execution_id.version != 7:
        return None
    try:
        return datetime.fromtimestamp((execution_id.int >> 80) / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None
