"""What a run is given, and what comes out of it."""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from testmesh_contracts.events import ArtifactStored, LogLine, StepFinished, StepStarted
from testmesh_contracts.message import StepStatus, TerminalStatus
from testmesh_engine.actions.registry import ActionRegistry
from testmesh_engine.artifacts import ArtifactStore
from testmesh_engine.executor.gate import Gate
from testmesh_engine.executor.keeping import ArtifactLimits
from testmesh_engine.executor.sources import NoSources, Sources
from testmesh_engine.executor.spans import Span
from testmesh_engine.language.models import Flow, Step
from testmesh_engine.process_env import NoEnv
from testmesh_sdk import ON_LOOPBACK, OPEN, Egress, Listening, Resources

Emit = Callable[[StepStarted | StepFinished | LogLine | ArtifactStored], None]
LeftOut = Callable[[Flow, Step], str | None]
"""Why a step of a flow is left out of this run; None for one that is not."""


def now() -> datetime:
    return datetime.now(UTC)


def nothing_left_out(flow: Flow, step: Step) -> None:
    """Leave no step out: a run is of a whole flow where nobody chose among its steps."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """All that a run may use of the world around it."""

    execution_id: str
    registry: ActionRegistry
    resources: Resources
    artifacts: ArtifactStore
    variables: Mapping[str, Any] = field(default_factory=dict)
    """The environment's variables with the caller's laid over them; both lie over the flow's `env`."""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    secret_values: Collection[str] = ()
    """What else is masked: secrets that came with the variables."""
    process_env: Mapping[str, str] = field(default_factory=NoEnv)
    """What `env.NAME` may read, such as a ListedEnv; nothing on a server."""
    sources: Sources = field(default_factory=NoSources)
    """Where the flows that `run_flow` names, and files with rows, are found."""
    left_out: LeftOut = nothing_left_out
    """Who runs a part of a flow chooses here; what is left out is recorded as skipped, with the reason."""
    egress: Egress = OPEN
    """Where actions may connect to."""
    listening: Listening = ON_LOOPBACK
    """Where mock servers listen."""
    on_server: bool = False
    """Whether flows of others run here, too, and TestMesh's own database is near."""
    local_files: bool = True
    """Whether actions may open files of this machine; a server's administrator decides."""
    trace: Span | None = None
    """The span of the execution; without it the tested system is told of none."""
    artifact_limits: ArtifactLimits = field(default_factory=ArtifactLimits)
    proxies: Mapping[str, str] = field(default_factory=dict)
    """What the environment says of proxies, by the names of its variables; nothing on a server."""
    seed: int = 0
    clock: Callable[[], datetime] = now
    flow_timeout: float | None = None
    """Seconds for a flow that says no timeout itself, in place of the language's own default."""
    unjudged_retries: int = 0
    """How often a step that could not be judged is tried again, if it says nothing of repetition itself."""
    stopwatch: Callable[[], float] = time.perf_counter
    """Measures, in seconds, how long steps take; one that stands still while a person looks keeps that time out."""
    gate: Gate | None = None
    """Who may hold steps; only a debugger has one."""

    def timed(self, flow: Flow) -> Flow:
        """Return a flow with the time that it has."""
        if self.flow_timeout is None or "timeout" in flow.definition:
            return flow
        return replace(flow, timeout=self.flow_timeout)


@dataclass(frozen=True, slots=True)
class FlowOutcome:
    """How a flow ended; outputs and messages are masked, ready to be recorded."""

    status: TerminalStatus
    error_code: str | None = None
    error_message: str | None = None
    warnings: list[str] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    step_counts: dict[StepStatus, int] = field(default_factory=dict)
    by_hand: list[str] = field(default_factory=list)
    """What a person did to the run through a gate, also among the warnings; a pass proves nothing then."""
