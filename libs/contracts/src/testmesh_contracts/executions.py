"""Executions: what is asked for, what steers them, how they ended, what can be seen of them."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from testmesh_contracts.events import AssertionOutcome, Attempt, Event, PlannedStep
from testmesh_contracts.flows import EgressRules, FileBody
from testmesh_contracts.message import (
    ExecutionStatus,
    JsonObject,
    LogLevel,
    Message,
    OnRunnerLost,
    Payload,
    Phase,
    Positive,
    Priority,
    StepStatus,
    TerminalStatus,
    Timestamp,
    TriggerType,
)

INLINE_BODY_BYTES = 16 * 1024
"""A flow's source travels inside a message up to this size; larger ones by digest in the artifact store."""

INLINE_CALLED_BYTES = 64 * 1024
"""Likewise the sources of the flows that one execution calls, together: its request fits in an entry."""
MOST_CALLED = 200
"""Flows that one execution may call, straight or by way of others."""


class FlowBody(Payload):
    """A flow's source, as its author wrote it, or where to read it."""

    digest: str
    """SHA-256 of the source, in hexadecimal; the key of its compiled form and of its copy in the store."""
    source: str | None = None


class CalledFlow(Payload):
    """A flow that an execution calls, pinned when the execution was accepted: a version, or one that came along."""

    name: str
    file: str | None = None
    """The path by which it came along; absent for a flow of the project."""
    flow_id: UUID | None = None
    version: int | None = None
    body: FlowBody
    files: dict[str, FileBody] = {}
    """The files that it may read, by how it names them."""
    calls: dict[str, int] = {}
    """Place in `called` of each flow that it calls, by how it calls it."""


class ExecutionRequested(Message):
    """Someone asked for an execution, and was told that it is accepted."""

    type: Literal["execution.requested"] = "execution.requested"
    execution_id: UUID
    project_id: UUID
    flow_id: UUID | None = None
    flow_name: str
    flow_version: int | None = None
    body: FlowBody
    files: dict[str, FileBody] = {}
    """The files that the flow may read, by how it names them; there are no others."""
    calls: dict[str, int] = {}
    """Place in `called` of each flow that the flow calls, by how it calls it."""
    called: list[CalledFlow] = []
    """Every flow that is called, straight or by way of others; there are no others."""
    environment: str | None = None
    variables: JsonObject = {}
    """The environment's variables with the caller's laid over them."""
    egress: EgressRules | None = None
    """Those of the environment, as they were when the execution was accepted."""
    inputs: JsonObject = {}
    priority: Priority = "normal"
    trigger_type: TriggerType
    triggered_by: str | None = None
    parent_id: UUID | None = None
    batch_id: UUID | None = None
    labels: dict[str, str] = {}
    requested_at: Timestamp
    start_by: Timestamp
    """Who has not started by then does not start: `error: queue timeout`."""
    timeout_ms: Positive
    on_runner_lost: OnRunnerLost = "rerun"
    max_runs: Positive = 2


class Upload(Payload):
    """That an execution was carried out in a terminal or in CI, and its result uploaded: no runner had it."""

    digest: str
    """SHA-256 of what was uploaded, in hexadecimal: the same again is the same upload."""
    uploaded_at: Timestamp
    seed: int | None = None


class ExecutionUploaded(Message):
    """The result of an execution that no runner had: how it ended, and all that a run of it would have told."""

    type: Literal["execution.uploaded"] = "execution.uploaded"
    execution_id: UUID
    project_id: UUID
    flow_name: str
    source_digest: str
    """SHA-256 of the flow's source, in hexadecimal; the source is in the artifact store."""
    environment: str | None = None
    trigger_type: TriggerType
    triggered_by: str | None = None
    labels: dict[str, str] = {}
    status: TerminalStatus
    finished_at: Timestamp
    upload: Upload
    events: list[Event] = []
    """From `execution.started` to `execution.finished`, in order; empty where they are in a file."""
    file: FileBody | None = None
    """Events that are too large to travel here, one a line as JSON, in the artifact store."""


def upload_file_name(execution_id: UUID, digest: str) -> str:
    """Return the name of a file of events in the folder `uploads`: no two uploads share one, so it can be removed."""
    return f"{execution_id}.{digest}"


class CancelExecution(Message):
    """Someone wants an execution ended, whether it runs or waits."""

    type: Literal["execution.cancel"] = "execution.cancel"
    execution_id: UUID
    project_id: UUID
    flow_id: UUID | None = None
    flow_name: str
    flow_version: int | None = None
    trigger_type: TriggerType
    reason: str = "cancelled by request"
    requested_by: str | None = None
    requested_at: Timestamp


class RunRevoked(Message):
    """Another run has taken the place of this one: stop it, nothing that it says is heard any more."""

    type: Literal["run.revoked"] = "run.revoked"
    execution_id: UUID
    fence: int
    """Runs of the execution with a claim below this one are void."""


class DrainRunner(Message):
    """A runner shall take nothing new, end what it runs, and leave."""

    type: Literal["runner.drain"] = "runner.drain"
    runner_id: str


class ResendEvents(Message):
    """Events of a run did not arrive: its runner says them again."""

    type: Literal["events.resend"] = "events.resend"
    execution_id: UUID
    run: int
    from_seq: int = Field(ge=1)


class ExecutionCompleted(Message):
    """How an execution ended: the one authoritative result."""

    type: Literal["execution.completed"] = "execution.completed"
    event_id: UUID
    """The same however often the result is said."""
    execution_id: UUID
    project_id: UUID
    flow_id: UUID | None = None
    flow_name: str
    flow_version: int | None = None
    environment: str | None = None
    trigger_type: TriggerType
    triggered_by: str | None = None
    parent_id: UUID | None = None
    batch_id: UUID | None = None
    labels: dict[str, str] = {}
    status: TerminalStatus
    error_code: str | None = None
    error_message: str | None = None
    warnings: list[str] = []
    run: int = 0
    requested_at: Timestamp | None = None
    started_at: Timestamp | None = None
    finished_at: Timestamp
    duration_ms: float = 0
    step_counts: dict[StepStatus, int] = {}
    lost_events: int = 0
    upload: Upload | None = None


class StepView(Payload):
    """One step of one run, as recorded."""

    id: UUID
    run: int
    path: str
    step_number: int
    step_id: str
    step_name: str
    action: str
    phase: Phase
    parent_path: str | None = None
    iteration: int | None = None
    status: Literal["running", "passed", "failed", "skipped", "cancelled", "error"]
    started_at: Timestamp
    finished_at: Timestamp | None = None
    duration_ms: float | None = None
    input: Any = None
    output: Any = None
    outputs: JsonObject = {}
    assertions: list[AssertionOutcome] = []
    attempts: list[Attempt] = []
    retry_count: int = 0
    error_code: str | None = None
    error_message: str | None = None
    line: int | None = None
    column: int | None = None


class LogView(Payload):
    """One line that a step of a run logged, or the run itself where `path` is absent."""

    run: int
    seq: int
    at: Timestamp
    level: LogLevel
    path: str | None = None
    message: str


class ArtifactView(Payload):
    """A file that a step of a run left; `path` is the step's."""

    id: UUID
    execution_id: UUID
    run: int
    path: str | None = None
    name: str
    """As the step gave it: data, no path of a file."""
    content_type: str
    size_bytes: int
    sha256: str
    created_at: Timestamp


class ExecutionSummary(Payload):
    """An execution as a list shows it."""

    id: UUID
    project_id: UUID
    flow_id: UUID | None = None
    flow_name: str
    flow_version: int | None = None
    status: ExecutionStatus
    environment: str | None = None
    trigger_type: TriggerType
    triggered_by: str | None = None
    parent_id: UUID | None = None
    batch_id: UUID | None = None
    priority: Priority = "normal"
    labels: dict[str, str] = {}
    run: int = 0
    requested_at: Timestamp | None = None
    deadline_at: Timestamp | None = None
    started_at: Timestamp | None = None
    finished_at: Timestamp | None = None
    duration_ms: float | None = None
    error_code: str | None = None
    error_message: str | None = None
    warnings: list[str] = []
    step_counts: dict[StepStatus, int] = {}
    lost_events: int = 0
    delayed_reason: str | None = None
    upload: Upload | None = None


class ExecutionView(ExecutionSummary):
    """An execution with its plan, its outputs and its steps."""

    outputs: JsonObject = {}
    planned: list[PlannedStep] = []
    steps: list[StepView] = []
    event_cursor: str | None = None
    """`partition:entry`, the last entry of the live feed that this view has in it."""
