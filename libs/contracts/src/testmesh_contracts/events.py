"""What a runner tells of an execution while it runs, step by step (`executions.events`).

The engine makes these events; the runner gives them their place: execution, run, sequence number, fence.
"""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Discriminator, Field, Tag

from testmesh_contracts.message import (
    JsonObject,
    LogLevel,
    Message,
    Payload,
    Phase,
    StepStatus,
    TerminalStatus,
    Timestamp,
    TriggerType,
)


class Operand(Payload):
    """A part of an assertion that was read, as written in the flow, and the value it had."""

    text: str
    value: Any = None


class AssertionOutcome(Payload):
    """How one assertion of a step came out, and why."""

    expression: str
    holds: bool
    message: str | None = None
    operands: list[Operand] = []
    difference: list[str] = []
    error: str | None = None
    warnings: list[str] = []
    """What it held over without looking at anything, such as an empty list."""
    line: int | None = None
    column: int | None = None


class Attempt(Payload):
    """One try of a step; a step without `retry` and `eventually` has one."""

    number: int
    status: StepStatus
    started_at: Timestamp
    duration_ms: float
    error_code: str | None = None
    error_message: str | None = None


class PlannedStep(Payload):
    """A step that the flow will come to, known before it starts."""

    path: str
    step_id: str
    name: str
    action: str
    phase: Phase


class ExecutionDelayed(Message):
    """An execution was taken in and cannot start yet."""

    type: Literal["execution.delayed"] = "execution.delayed"
    reason: str
    at: Timestamp


class ExecutionStarted(Message):
    """A runner began a run. It carries all that a row needs, so that it may arrive before the request."""

    type: Literal["execution.started"] = "execution.started"
    project_id: UUID
    flow_id: UUID | None = None
    flow_name: str
    flow_version: int | None = None
    environment: str | None = None
    trigger_type: TriggerType
    triggered_by: str | None = None
    runner_id: str
    started_at: Timestamp
    planned: list[PlannedStep] = []


class _Step(Message):
    path: str
    """Key of the step in its run, such as `pay[2]/login[0]`."""
    step_id: str
    name: str
    action: str
    phase: Phase
    number: int
    """Order of start in the run, from 1."""
    parent_path: str | None = None
    iteration: int | None = None
    started_at: Timestamp


class StepStarted(_Step):
    """A step began."""

    type: Literal["step.started"] = "step.started"


class StepFinished(_Step):
    """A step ended: what it sent and received, what was asserted, what it set."""

    type: Literal["step.finished"] = "step.finished"
    status: StepStatus
    finished_at: Timestamp
    duration_ms: float
    input: Any = None
    output: Any = None
    assertions: list[AssertionOutcome] = []
    attempts: list[Attempt] = []
    outputs: JsonObject = {}
    retry_count: int = 0
    error_code: str | None = None
    error_message: str | None = None
    line: int | None = None
    column: int | None = None


class LogLine(Message):
    """A line that a step logged; `path` is absent where the run itself speaks."""

    type: Literal["log.line"] = "log.line"
    path: str | None = None
    level: LogLevel = "info"
    message: str
    at: Timestamp


class ArtifactStored(Message):
    """A step left a file in the artifact store."""

    type: Literal["artifact.stored"] = "artifact.stored"
    artifact_id: UUID
    path: str | None = None
    name: str
    content_type: str
    storage_path: str
    size_bytes: int
    sha256: str
    at: Timestamp


class ExecutionFinished(Message):
    """A run ended, teardown included. The last event of its run."""

    type: Literal["execution.finished"] = "execution.finished"
    project_id: UUID
    flow_id: UUID | None = None
    flow_name: str
    flow_version: int | None = None
    trigger_type: TriggerType
    status: TerminalStatus
    started_at: Timestamp | None = None
    finished_at: Timestamp
    duration_ms: float
    error_code: str | None = None
    error_message: str | None = None
    warnings: list[str] = []
    outputs: JsonObject = {}
    step_counts: dict[StepStatus, int] = {}


class UnknownEvent(Message):
    """An event of a release newer than the reader: passed over and counted."""


EVENTS: tuple[type[Message], ...] = (
    ExecutionDelayed,
    ExecutionStarted,
    StepStarted,
    StepFinished,
    LogLine,
    ArtifactStored,
    ExecutionFinished,
)
_KNOWN = {event.model_fields["type"].default for event in EVENTS}


def _tag(value: Any) -> str:
    found = value.get("type") if isinstance(value, dict) else getattr(value, "type", None)
    return found if isinstance(found, str) and found in _KNOWN else "unknown"


Event = Annotated[
    Annotated[ExecutionDelayed, Tag("execution.delayed")]
    | Annotated[ExecutionStarted, Tag("execution.started")]
    | Annotated[StepStarted, Tag("step.started")]
    | Annotated[StepFinished, Tag("step.finished")]
    | Annotated[LogLine, Tag("log.line")]
    | Annotated[ArtifactStored, Tag("artifact.stored")]
    | Annotated[ExecutionFinished, Tag("execution.finished")]
    | Annotated[UnknownEvent, Tag("unknown")],
    Discriminator(_tag),
]


class SequencedEvent(Payload):
    """An event in its place: `seq` counts from 1 within a run, without holes."""

    seq: int = Field(ge=1)
    event: Event


class ExecutionEvents(Message):
    """Events of one run, packed in one entry, in order."""

    type: Literal["execution.events"] = "execution.events"
    execution_id: UUID
    run: int = Field(ge=1)
    fence: int
    events: list[SequencedEvent] = Field(min_length=1)
