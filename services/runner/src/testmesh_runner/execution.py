"""One run of one execution, from its claim to its written end."""

import asyncio
import dataclasses
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from testmesh_contracts.event_json import encode_event
from testmesh_contracts.events import ExecutionFinished
from testmesh_engine.actions.registry import ActionRegistry
from testmesh_engine.artifacts import ArtifactStore
from testmesh_engine.egress.entries import EgressEntryError
from testmesh_engine.egress.rules import Egresses
from testmesh_engine.executor import FlowOutcome, RunOptions, run_flow
from testmesh_engine.executor.keeping import ArtifactLimits
from testmesh_engine.language import Flow, FlowInvalidError, render_diagnostic
from testmesh_runner import terminals
from testmesh_runner.admission import Admission, admit
from testmesh_runner.assignments import Assignment, Ending, Release
from testmesh_runner.bodies import Bodies
from testmesh_runner.endings import Endings
from testmesh_runner.errors import RunnerError
from testmesh_runner.lived_clock import LivedClock
from testmesh_runner.locks import Key, Locks
from testmesh_runner.packing import Place
from testmesh_runner.pinned import PinnedSources
from testmesh_runner.publisher import Publisher
from testmesh_runner.tracing import execution_span
from testmesh_runner.unconfirmed import Unconfirmed
from testmesh_sdk import ON_LOOPBACK, Listening, Resources

TEARDOWN_S = 60.0
OVERDUE_S = 30.0
SEED_BITS = 31

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Workshop:
    """What every run of this runner works with."""

    runner_id: str
    locks: Locks
    bodies: Bodies
    registry: ActionRegistry
    resources: Resources
    egresses: Egresses
    artifacts: ArtifactStore
    publisher: Publisher
    endings: Endings
    unconfirmed: Unconfirmed
    clock: LivedClock
    local_files: bool = False
    sends_traces: bool = False
    artifact_limits: ArtifactLimits = field(default_factory=ArtifactLimits)
    listening: Listening = ON_LOOPBACK


class Execution:
    """Carries out one assignment. Its end is first written to its row, then said."""

    def __init__(self, assignment: Assignment, workshop: Workshop) -> None:
        self.assignment = assignment
        self.execution_id: UUID = assignment.execution_id
        self.claim = assignment.claim
        self.started = False
        self.key: Key | None = None
        """The concurrency key that this run holds; others may wait for it."""
        self.overdue_at: float | None = None
        """When the watchdog ends the process, on the runner's lived clock."""
        self._workshop = workshop
        self._cancel = asyncio.Event()
        self._cancel_reason: str | None = None
        self._giving_back = False
        self._task: asyncio.Task[None] | None = None
        place = Place(self.execution_id, assignment.run, assignment.claim, assignment.trace)
        self._voice = workshop.publisher.open(place)

    def start(self) -> asyncio.Task[None]:
        self._task = asyncio.create_task(self._carry_out())
        return self._task

    def cancel(self, reason: str) -> None:
        """End the run as cancelled, with its teardown, within a second of the step under way."""
        if self._cancel_reason is None:
            self._cancel_reason = reason
            self._cancel.set()

    def give_back(self) -> None:
        """End the run with its teardown and set its row free: another runner carries the execution out."""
        self._giving_back = True
        self._cancel.set()

    def revoke(self) -> None:
        """Stop at once: another runner has the execution, nothing that this run says is heard."""
        self._workshop.publisher.forget(self._voice)
        if self._task is not None:
            self._task.cancel()

    def stop(self) -> None:
        """Stop at once, leaving the row as it is."""
        if self._task is not None:
            self._task.cancel()

    @property
    def release(self) -> Release:
        return Release(self.execution_id, self.claim, self.started)

    async def _carry_out(self) -> None:
        terminal = await self._terminal()
        if terminal is None:
            self._workshop.publisher.forget_when_said(self._voice)
            return
        await self._end(terminal)

    async def _terminal(self) -> ExecutionFinished | None:
        """Return how the run ended; None where it is given back instead."""
        request = self.assignment.request
        if self.assignment.verdict != "run":
            return terminals.unrun(self.assignment)
        try:
            flow = await self._workshop.bodies.flow(request.body, request.flow_name)
        except FlowInvalidError as invalid:
            return terminals.broken(request, invalid.code, _faults(invalid, request.body.source or ""))
        except RunnerError as error:
            return terminals.broken(request, error.code, str(error))
        if self._is_given_back:
            return None
        try:
            options = self._options(flow)
        except EgressEntryError as error:
            return terminals.broken(request, error.code, f"environment {request.environment}: {error}")
        if flow.concurrency is not None:
            admission = await admit(self.assignment, flow, options, self._workshop.locks, self._cancel)
            if admission.key is None:
                return self._unadmitted(admission)
            self.key = admission.key
        watch = terminals.Stopwatch()
        outcome = await self._run(flow, options, watch)
        if self._is_given_back and outcome.status == "cancelled":
            return None
        return terminals.finished(request, outcome, watch, self._cancel_reason)

    @property
    def _is_given_back(self) -> bool:
        return self._giving_back and self._cancel_reason is None

    def _unadmitted(self, admission: Admission) -> ExecutionFinished | None:
        if admission.delay is not None:
            self._workshop.publisher.tell(self._voice, admission.delay)
        if admission.interrupted and self._cancel_reason is not None:
            return terminals.cancelled(self.assignment.request, self._cancel_reason)
        return admission.end

    def _options(self, flow: Flow) -> RunOptions:
        request, workshop = self.assignment.request, self._workshop
        return RunOptions(
            execution_id=str(self.execution_id),
            registry=workshop.registry,
            resources=workshop.resources,
            artifacts=workshop.artifacts,
            artifact_limits=workshop.artifact_limits,
            variables=request.variables,
            inputs=request.inputs,
            sources=PinnedSources(request, flow, workshop.bodies),
            egress=workshop.egresses.under(request.egress),
            on_server=True,
            local_files=workshop.local_files,
            listening=workshop.listening,
            seed=self.execution_id.int & ((1 << SEED_BITS) - 1),
        )

    async def _run(self, flow: Flow, options: RunOptions, watch: terminals.Stopwatch) -> FlowOutcome:
        request, workshop = self.assignment.request, self._workshop
        if request.timeout_ms != round(flow.timeout * 1000):
            flow = dataclasses.replace(flow, timeout=request.timeout_ms / 1000)
        self.started = True
        self.overdue_at = workshop.clock.now + flow.timeout + TEARDOWN_S + OVERDUE_S
        workshop.publisher.tell(self._voice, terminals.started(request, flow, workshop.runner_id, watch))
        span = execution_span(self.assignment, is_sent=workshop.sends_traces)
        outcome: FlowOutcome | None = None
        try:
            outcome = await run_flow(
                flow,
                run=dataclasses.replace(options, trace=span),
                emit=lambda event: workshop.publisher.tell(self._voice, event),
                cancel=self._cancel,
            )
        except Exception as error:
            _log.exception("engine failed", execution_id=str(self.execution_id))
            message = f"the engine could not carry out the flow: {type(error).__name__}: {error}"
            outcome = FlowOutcome(status="error", error_code="engine_failed", error_message=message)
        finally:
            if outcome is None:
                span.ends("cancelled", None)
            else:
                span.ends(outcome.status, outcome.error_message)
        return outcome

    async def _end(self, terminal: ExecutionFinished) -> None:
        self.overdue_at = None
        workshop, voice = self._workshop, self._voice
        data = encode_event(terminal)
        # Who takes over an ended row says its end again and runs nothing: so what led to it must be there by then.
        await workshop.publisher.until_said(voice)
        state = await workshop.endings.write(Ending(self.execution_id, self.claim, data, voice.next_seq))
        if state is None:
            _log.warning("end not written, another runner has the run", execution_id=str(self.execution_id))
            workshop.publisher.forget(voice)
            return
        workshop.publisher.tell_end(voice, data)
        if state == "confirmed":
            workshop.publisher.forget_when_said(voice)
        else:
            workshop.unconfirmed.add(voice)


def _faults(invalid: FlowInvalidError, source: str) -> str:
    return "\n".join(render_diagnostic(diagnostic, source) for diagnostic in invalid.diagnostics)
