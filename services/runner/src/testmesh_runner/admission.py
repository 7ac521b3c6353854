"""Whether a run may start: a flow with a concurrency key asks for it first, one without asks nothing."""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import structlog

from testmesh_chassis.backoff import Backoff
from testmesh_chassis.errors import is_outage
from testmesh_contracts.events import ExecutionDelayed, ExecutionFinished
from testmesh_engine.executor import PreparationError, RunOptions, concurrency_key
from testmesh_engine.language import Flow
from testmesh_runner import terminals
from testmesh_runner.assignments import Assignment
from testmesh_runner.locks import Answer, Key, Locks

PATIENCE = timedelta(minutes=10)
"""How long a run asks for its key at least: a second run may be past the time by which the first had to start."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Admission:
    """What a run does next: with `key` it starts, with `end` it ends so, else it is no longer this runner's."""

    key: Key | None = None
    end: ExecutionFinished | None = None
    delay: ExecutionDelayed | None = None
    interrupted: bool = False
    """Somebody wants it ended while the database could not be asked."""


async def admit(
    assignment: Assignment, flow: Flow, options: RunOptions, locks: Locks, cancel: asyncio.Event
) -> Admission:
    """Ask for the key of a flow that has one."""
    assert flow.concurrency is not None
    request = assignment.request
    try:
        text = concurrency_key(flow, options)
    except PreparationError as error:
        return Admission(end=terminals.broken(request, error.code, error.message))
    assert text is not None
    key = Key(request.project_id, text)
    answer = await _ask(assignment, key, flow.concurrency.policy, locks, cancel)
    if answer is None and cancel.is_set():
        return Admission(interrupted=True)
    if answer is None:
        return Admission(end=terminals.unrun(replace(assignment, verdict="queue_timeout")))
    if answer.verdict == "held":
        return Admission(key=key)
    if answer.verdict == "skipped":
        return Admission(end=terminals.skipped(request, f"{text} is held by {answer.other}"))
    if answer.verdict == "superseded":
        reason = f"cancelled by concurrency: the newer execution {answer.other} has or awaits the key {text}"
        return Admission(end=terminals.cancelled(request, reason))
    return Admission(delay=_delay(text, answer) if answer.verdict == "parked" else None)


async def _ask(assignment: Assignment, key: Key, policy: str, locks: Locks, cancel: asyncio.Event) -> Answer | None:
    """Ask until there is an answer, nobody wants the execution any more, or it has been long enough."""
    until = max(assignment.request.start_by, datetime.now(UTC) + PATIENCE)
    backoff = Backoff()
    while not cancel.is_set() and datetime.now(UTC) < until:
        try:
            return await locks.ask(key, assignment.execution_id, assignment.claim, policy)
        except Exception as error:
            if not is_outage(error):
                _log.exception("concurrency key not asked for, trying again", execution_id=str(assignment.execution_id))
        await backoff.wait(cancel)
    return None


def _delay(text: str, answer: Answer) -> ExecutionDelayed:
    now = datetime.now(UTC)
    before = f", {answer.ahead} more wait before this one" if answer.ahead else ""
    reason = f"concurrency key {text} held by {answer.other}{before} (at {now:%H:%M:%S} UTC)"
    return ExecutionDelayed(reason=reason, at=now)
