"""Questions that one service asks another, and how every question and command is answered."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from testmesh_contracts.executions import ArtifactView, CalledFlow, ExecutionSummary, FlowBody, LogView, StepView
from testmesh_contracts.flows import EgressRules, EnvironmentView, FileBody, FlowSettings, FlowSummary, FlowVersionView
from testmesh_contracts.message import ExecutionStatus, JsonObject, LogLevel, Message, Payload
from testmesh_contracts.schedules import ScheduleView


class Query(Message):
    """A question about the rows of a project."""

    project_id: UUID


class Page(Query):
    """A question answered by a list, newest first; `after` is the last id already seen."""

    limit: int = Field(default=50, ge=1, le=200)
    after: UUID | None = None


class GetFlow(Query):
    """One flow by id or name, latest or a given version. Answer: FlowView. Errors: `flow_not_found`."""

    type: Literal["flow.get"] = "flow.get"
    flow_id: UUID | None = None
    name: str | None = None
    version: int | None = None


class ListFlows(Page):
    """Flows of a project. Answer: FlowList."""

    type: Literal["flow.list"] = "flow.list"
    name: str | None = None
    suite: str | None = None
    tag: str | None = None


class ListFlowVersions(Query):
    """The history of a flow. Answer: FlowVersionList. Errors: `flow_not_found`."""

    type: Literal["flow.versions"] = "flow.versions"
    flow_id: UUID


class GetEnvironment(Query):
    """One environment by id. Answer: EnvironmentView. Errors: `environment_not_found`."""

    type: Literal["environment.get"] = "environment.get"
    environment_id: UUID


class ListEnvironments(Page):
    """Environments of a project. Answer: EnvironmentList."""

    type: Literal["environment.list"] = "environment.list"
    name: str | None = None


class ResolveItem(Payload):
    """A flow to be executed: a stored one by id, or none where the caller brings the definition."""

    flow_id: UUID | None = None
    environment: str | None = None
    calls: list[str] = []
    """Names and ids of the project's flows that a brought definition calls; a stored flow's are known."""


class ResolveExecution(Query):
    """What executions of these flows need to start. Answer: Resolution, one item an item asked.

    Errors name the item: `flow_not_found`, `environment_not_found`, and of what it calls, straight or by way of
    others, `called_flow_not_found`, `flows_call_one_another`, `too_many_calls`.
    """

    type: Literal["execution.resolve"] = "execution.resolve"
    items: list[ResolveItem] = Field(min_length=1, max_length=1000)


class ResolvedFlow(Payload):
    """A stored flow in its latest version."""

    flow_id: UUID
    name: str
    version: int
    body: FlowBody
    settings: FlowSettings
    inputs: JsonObject = {}
    """The flow's declared inputs, so that the caller's are checked before they are accepted."""
    files: dict[str, FileBody] = {}


class ResolvedItem(Payload):
    """The answer for one item."""

    flow: ResolvedFlow | None = None
    environment: str | None = None
    variables: JsonObject = {}
    egress: EgressRules | None = None
    calls: dict[str, int] = {}
    """Place in `called` of each flow that is called: by how the stored flow calls it, or as it was asked for."""
    called: list[CalledFlow] = []
    """All flows that are called, straight or by way of others, each in its latest version."""
    error_code: str | None = None
    error_message: str | None = None
    error_call: str | None = None
    """Which of the calls that were asked for, or of the stored flow's, the error is about; none: another thing."""


class GetExecution(Query):
    """One execution with its steps. Answer: ExecutionView. Errors: `execution_not_found`."""

    type: Literal["execution.get"] = "execution.get"
    execution_id: UUID
    steps: bool = True


class ListExecutions(Page):
    """Executions of a project, newest first. Answer: ExecutionList."""

    type: Literal["execution.list"] = "execution.list"
    flow_id: UUID | None = None
    batch_id: UUID | None = None
    status: ExecutionStatus | None = None


class ListSteps(Query):
    """The steps of an execution in order. Answer: StepList. Errors: `execution_not_found`."""

    type: Literal["execution.steps"] = "execution.steps"
    execution_id: UUID
    limit: int = Field(default=200, ge=1, le=1000)
    after_run: int = 0
    after_number: int = 0


class ListLogs(Query):
    """The lines that an execution logged, in order of run and event. Answer: LogList.

    `step` is a step's path: `pay` stands for `pay` itself, for each of its passes `pay[3]` and attempts `pay@2`, and
    for the steps inside them. `level` is the least one shown; `text` is found in a line whatever its case.
    Errors: `execution_not_found`.
    """

    type: Literal["execution.logs"] = "execution.logs"
    execution_id: UUID
    limit: int = Field(default=200, ge=1, le=1000)
    after_run: int = 0
    after_seq: int = 0
    step: str | None = None
    level: LogLevel = "debug"
    text: str | None = None


class ListArtifacts(Query):
    """The files that an execution's steps left, of all its runs, by id: oldest first. Answer: ArtifactList.

    `step` is as in ListLogs. Errors: `execution_not_found`.
    """

    type: Literal["execution.artifacts"] = "execution.artifacts"
    execution_id: UUID
    limit: int = Field(default=200, ge=1, le=1000)
    after: UUID | None = None
    step: str | None = None


class GetArtifact(Query):
    """One file by its id. Answer: ArtifactPlace. Errors: `artifact_not_found`."""

    type: Literal["artifact.get"] = "artifact.get"
    artifact_id: UUID


class ListSchedules(Page):
    """Schedules of a project. Answer: ScheduleList."""

    type: Literal["schedule.list"] = "schedule.list"


class GetSchedule(Query):
    """One schedule by id. Answer: ScheduleView. Errors: `schedule_not_found`."""

    type: Literal["schedule.get"] = "schedule.get"
    schedule_id: UUID


class FlowList(Payload):
    """A page of flows."""

    items: list[FlowSummary]
    total_estimate: int


class FlowVersionList(Payload):
    """The versions of a flow, newest first."""

    items: list[FlowVersionView]


class EnvironmentList(Payload):
    """A page of environments."""

    items: list[EnvironmentView]
    total_estimate: int


class ExecutionList(Payload):
    """A page of executions."""

    items: list[ExecutionSummary]
    total_estimate: int
    event_cursor: str | None = None
    """As in an ExecutionView: the last entry of the live feed that this page has in it."""


class StepList(Payload):
    """A page of steps."""

    items: list[StepView]


class LogList(Payload):
    """A page of log lines; it may be shorter than asked for, where lines are long."""

    items: list[LogView]
    more: bool
    """Whether there were lines behind these at the moment of the cursor."""
    event_cursor: str | None = None
    """As in an ExecutionView: the last entry of the live feed that this page has in it."""


class ArtifactList(Payload):
    """A page of files."""

    items: list[ArtifactView]


class ArtifactPlace(Payload):
    """A file, and under which key of the artifact store it is."""

    artifact: ArtifactView
    storage_path: str


class Resolution(Payload):
    """What ResolveExecution found, in the order asked."""

    items: list[ResolvedItem]


class ScheduleList(Payload):
    """A page of schedules."""

    items: list[ScheduleView]
    total_estimate: int


class Fault(Payload):
    """Why a question or command was refused; the code is stable, the asker decides what it means."""

    code: str
    message: str
    facts: JsonObject = {}


class Answer(Message):
    """The answer to one question or command: a result or a fault."""

    type: Literal["answer"] = "answer"
    result: Any = None
    fault: Fault | None = None
