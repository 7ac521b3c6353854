"""THE MAP: every topic, what it carries, who says it, who hears it and how.

Read it from top to bottom and you know who talks to whom. Nothing is said or heard that is not here:
an architecture test compares this map with what each service really registers.
"""

from dataclasses import dataclass, field
from typing import Literal

from testmesh_contracts import events, executions, flows, queries, runners, schedules
from testmesh_contracts.message import Message, Priority, message_type

Service = Literal["api", "runner", "scheduler", "storage"]
Kind = Literal["work", "control", "feed", "facts", "command", "query", "reply"]
Way = Literal["compete", "fold", "broadcast", "answer", "ask"]

MINUTE = 60
DAY = 24 * 60 * MINUTE
MIB = 1024 * 1024
ENTRY_BODY_BYTES = 256 * 1024


@dataclass(frozen=True)
class Topic:
    """A row of the map.

    `key` is the field whose value chooses the partition. `retention_s` is how long an entry stays after
    everyone of the map has passed it; `max_entries` bounds the stream whoever lags behind.
    """

    name: str
    kind: Kind
    says: str
    messages: tuple[type[Message], ...]
    said_by: tuple[Service, ...]
    heard_by: tuple[tuple[Service, Way], ...]
    key: str = ""
    retention_s: int = MINUTE
    max_entries: int = 1_000_000
    max_body: int = ENTRY_BODY_BYTES
    version: int = 1
    cloud_events: bool = False
    models: dict[str, type[Message]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "models", {message_type(model): model for model in self.messages})

    @property
    def wire(self) -> str:
        """Key of the stream, and of its first partition."""
        return f"testmesh.{self.name}.v{self.version}"

    def partition(self, number: int) -> str:
        """Key of the stream of a partition; each has a hash slot of its own in a cluster."""
        return self.wire if number == 0 else f"{self.wire}.{number}"

    @property
    def dead(self) -> str:
        """Key of the stream of its dead letters, in the same hash slot as the topic."""
        return f"{{{self.wire}}}.dead"

    def heard(self, service: Service, way: Way) -> bool:
        return (service, way) in self.heard_by


def _requests(priority: Priority) -> Topic:
    return Topic(
        name=f"executions.requests.{priority}",
        kind="work",
        says=f"Executions of {priority} priority that were accepted.",
        messages=(executions.ExecutionRequested,),
        said_by=("api", "scheduler"),
        heard_by=(("runner", "compete"), ("storage", "fold"), ("api", "broadcast")),
        key="execution_id",
    )


REQUESTS: dict[Priority, Topic] = {
    "high": _requests("high"),
    "normal": _requests("normal"),
    "low": _requests("low"),
}
UPLOADS = Topic(
    name="executions.uploads",
    kind="work",
    says="Results of executions that were carried out in a terminal or in CI, to be kept like any other.",
    messages=(executions.ExecutionUploaded,),
    said_by=("api",),
    heard_by=(("storage", "fold"),),
    key="execution_id",
)
CONTROL = Topic(
    name="executions.control",
    kind="control",
    says="What steers executions that are accepted or run.",
    messages=(
        executions.CancelExecution,
        executions.RunRevoked,
        executions.DrainRunner,
        executions.ResendEvents,
    ),
    said_by=("api", "storage"),
    heard_by=(("runner", "broadcast"), ("runner", "compete"), ("storage", "fold")),
)
EVENTS = Topic(
    name="executions.events",
    kind="feed",
    says="Each step of each run, as it happens. At least once, in order within a run.",
    messages=(events.ExecutionEvents,),
    said_by=("runner",),
    heard_by=(("storage", "fold"), ("api", "broadcast")),
    key="execution_id",
)
RESULTS = Topic(
    name="executions.results",
    kind="facts",
    says="How executions ended: one fact an execution by its event id, which may be said again.",
    messages=(executions.ExecutionCompleted,),
    said_by=("storage",),
    heard_by=(("api", "compete"), ("api", "broadcast"), ("scheduler", "compete"), ("runner", "compete")),
    key="execution_id",
    retention_s=DAY,
    cloud_events=True,
)
STORAGE_COMMANDS = Topic(
    name="storage.commands",
    kind="command",
    says="Changes to flows and environments.",
    messages=(
        flows.CreateFlow,
        flows.UpdateFlow,
        flows.DeleteFlow,
        flows.CreateEnvironment,
        flows.UpdateEnvironment,
        flows.DeleteEnvironment,
    ),
    said_by=("api",),
    heard_by=(("storage", "answer"),),
    max_body=2 * MIB,
)
FLOW_EVENTS = Topic(
    name="flows.events",
    kind="facts",
    says="Flows that were saved or deleted.",
    messages=(flows.FlowSaved, flows.FlowDeleted),
    said_by=("storage",),
    heard_by=(("scheduler", "compete"),),
    retention_s=DAY,
)
SCHEDULE_COMMANDS = Topic(
    name="schedules.commands",
    kind="command",
    says="Changes to schedules.",
    messages=(schedules.CreateSchedule, schedules.DeleteSchedule),
    said_by=("api",),
    heard_by=(("scheduler", "answer"),),
)
SCHEDULE_EVENTS = Topic(
    name="schedules.events",
    kind="facts",
    says="Slots of schedules that became executions.",
    messages=(schedules.ScheduleFired,),
    said_by=("scheduler",),
    heard_by=(),
    retention_s=DAY,
)
RUNNER_EVENTS = Topic(
    name="runners.events",
    kind="facts",
    says="Runners that come, work and go.",
    messages=(runners.RunnerJoined, runners.RunnerHeartbeat, runners.RunnerLeft),
    said_by=("runner",),
    heard_by=(),
    max_entries=100_000,
)
STORAGE_QUERIES = Topic(
    name="queries.storage",
    kind="query",
    says="Questions about flows, environments and executions.",
    messages=(
        queries.GetFlow,
        queries.ListFlows,
        queries.ListFlowVersions,
        queries.GetEnvironment,
        queries.ListEnvironments,
        queries.ResolveExecution,
        queries.GetExecution,
        queries.ListExecutions,
        queries.ListSteps,
        queries.ListLogs,
        queries.ListArtifacts,
        queries.GetArtifact,
    ),
    said_by=("api", "scheduler"),
    heard_by=(("storage", "answer"),),
)
SCHEDULER_QUERIES = Topic(
    name="queries.scheduler",
    kind="query",
    says="Questions about schedules.",
    messages=(queries.ListSchedules, queries.GetSchedule),
    said_by=("api",),
    heard_by=(("scheduler", "answer"),),
)
REPLIES = Topic(
    name="replies",
    kind="reply",
    says="Answers, on a stream for each asking process: `testmesh.replies.v1.<instance>`.",
    messages=(queries.Answer,),
    said_by=("scheduler", "storage"),
    heard_by=(("api", "ask"), ("scheduler", "ask")),
    max_body=8 * MIB,
)

TOPICS: tuple[Topic, ...] = (
    *REQUESTS.values(),
    UPLOADS,
    CONTROL,
    EVENTS,
    RESULTS,
    STORAGE_COMMANDS,
    FLOW_EVENTS,
    SCHEDULE_COMMANDS,
    SCHEDULE_EVENTS,
    RUNNER_EVENTS,
    STORAGE_QUERIES,
    SCHEDULER_QUERIES,
    REPLIES,
)


def topic(name: str) -> Topic:
    """Return the row of that name; KeyError where the map has none."""
    return {row.name: row for row in TOPICS}[name]
