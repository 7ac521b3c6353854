"""Accepting uploaded results: durable when answered, once for each id, and never over another execution."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from testmesh_api import repository
from testmesh_api.bodies import fit
from testmesh_api.errors import (
    MOST_FAULTS,
    ExecutionNotFoundError,
    ExecutionTakenError,
    Fault,
    MessageTooLargeError,
    RequestInvalidError,
)
from testmesh_api.executions.acceptance import Accepted
from testmesh_api.executions.lookup import REQUESTED, Lookup
from testmesh_api.executions.plausibility import faults_of_result
from testmesh_api.executions.uploads import UPLOAD, UploadedResult
from testmesh_api.flow_bodies import FlowBodies
from testmesh_api.principals import Principal
from testmesh_api.strict_json import read_json
from testmesh_chassis.database import Connection, Database
from testmesh_chassis.errors import NoAnswerError, is_outage
from testmesh_chassis.outbox import Outbox, OutboxRow, outbox_row
from testmesh_chassis.relay import Relay
from testmesh_chassis.telemetry import current_trace
from testmesh_contracts import EntryInvalidError, Message
from testmesh_contracts.event_json import LARGEST_EVENT
from testmesh_contracts.events import ExecutionFinished, ExecutionStarted
from testmesh_contracts.executions import ExecutionUploaded, ExecutionView, Upload
from testmesh_contracts.flows import FileBody
from testmesh_contracts.topics import UPLOADS
from testmesh_engine.language import Flow, FlowInvalidError, parse_flow

ROUTE = "executions.upload"
INLINE_EVENTS_BYTES = 128 * 1024
"""Events travel inside the message up to this size; more of them by digest in the artifact store."""
NO_RUNNER = "upload"
NOT_ASKED_FOR_S = 10.0
"""How long nobody asks after a question without an answer: the uploads of a whole run would each wait for it."""


@dataclass(frozen=True, slots=True)
class SentResult:
    """A result that was found to be plausible, and what tells it from any other under its id."""

    result: UploadedResult
    flow: Flow | None
    digest: str


def read_result(body: bytes) -> SentResult:
    """Return the result in a body.

    Raises:
        RequestInvalidError: with every fault.
    """
    result = fit(read_json(body), UPLOAD)
    try:
        flow = parse_flow(result.source, file="flow.yaml")
    except FlowInvalidError:
        # A newer command knows what this server does not. The result is kept all the same, and allows no failure.
        flow = None
    if faults := faults_of_result(result, flow, datetime.now(UTC)):
        raise RequestInvalidError(faults)
    return SentResult(result, flow, sha256(result.model_dump_json().encode()).hexdigest())


class Uploading:
    """Writes uploaded results into the outbox: with their key and the audit event in one transaction."""

    def __init__(self, database: Database, outbox: Outbox, relay: Relay, lookup: Lookup, bodies: FlowBodies) -> None:
        self._database = database
        self._outbox = outbox
        self._relay = relay
        self._lookup = lookup
        self._bodies = bodies
        self._unanswered_at = float("-inf")

    async def accept(self, principal: Principal, sent: SentResult) -> Accepted:
        """Return what is told of a result that will be kept, or is.

        Raises:
            ExecutionTakenError: its id has other content, or is that of an execution that was started here.
        """
        result = sent.result
        known = await self._known(principal, result)
        if known is not None:
            if known.upload is None or known.upload.digest != sent.digest:
                raise ExecutionTakenError(result.id)
            return Accepted(id=known.id, status=known.status)
        row, apart = await self._row(principal, sent)
        async with self._database.transaction() as connection:
            written = await self._write(connection, principal, sent, row, apart)
        self._relay.say_soon(written)
        return Accepted(id=result.id)

    async def _known(self, principal: Principal, result: UploadedResult) -> ExecutionView | None:
        """Return who has the id; while storage is away only what this service itself knows is asked, with the write.

        Whether an upload is taken after that, is decided by storage in any case: nothing is ever overwritten.
        """
        if time.monotonic() - self._unanswered_at < NOT_ASKED_FOR_S:
            return None
        try:
            return await self._lookup.get(principal, result.id, steps=False, afresh=True)
        except ExecutionNotFoundError:
            return None
        except Exception as error:
            if not (isinstance(error, NoAnswerError) or is_outage(error)):
                raise
            self._unanswered_at = time.monotonic()
            return None

    async def _write(
        self, connection: Connection, principal: Principal, sent: SentResult, row: OutboxRow, apart: bytes | None
    ) -> list[OutboxRow]:
        """Write the message, and before it the events that do not travel in it: a refusal leaves no file behind."""
        execution_id = sent.result.id
        if not await repository.claim_key(connection, principal, ROUTE, str(execution_id), sent.digest):
            kept = await repository.find_answer(connection, principal, ROUTE, str(execution_id))
            if kept is None or kept.request_digest != sent.digest:
                raise ExecutionTakenError(execution_id)
            return []
        if any(waiting.entry.type == REQUESTED for waiting in await self._outbox.find(connection, execution_id)):
            raise ExecutionTakenError(execution_id)
        details = {"flow": sent.result.flow_name, "status": sent.result.status}
        await repository.add_audit_event(connection, principal, "execution.upload", execution_id, "accepted", details)
        if apart is None:
            return await self._outbox.add(connection, [row])
        await self._bodies.keep_upload(execution_id, apart)
        try:
            return await self._outbox.add(connection, [row])
        except BaseException:
            # Not behind the commit: where that fails, the message may be there all the same.
            await self._bodies.drop_upload(execution_id, apart)
            raise

    async def _row(self, principal: Principal, sent: SentResult) -> tuple[OutboxRow, bytes | None]:
        """Return the message, and the events where they are too large to travel in it."""
        result = sent.result
        source_digest = sha256(result.source.encode()).hexdigest()
        await self._bodies.keep_source(source_digest, result.source)
        events = _events(principal, sent)
        lines = await asyncio.to_thread(_lines, result, events)
        apart = b"\n".join(lines) if sum(map(len, lines)) > INLINE_EVENTS_BYTES else None
        message = ExecutionUploaded(
            execution_id=result.id,
            project_id=principal.project_id,
            flow_name=result.flow_name,
            source_digest=source_digest,
            environment=result.environment,
            trigger_type=result.trigger_type,
            triggered_by=principal.name,
            labels=result.labels,
            status=result.status,
            finished_at=result.finished_at,
            upload=Upload(digest=sent.digest, uploaded_at=datetime.now(UTC), seed=result.seed),
            events=events if apart is None else [],
            file=None if apart is None else FileBody(digest=sha256(apart).hexdigest(), size_bytes=len(apart)),
        )
        try:
            return outbox_row(UPLOADS, message, key=result.id, trace=current_trace()), apart
        except EntryInvalidError as error:
            raise MessageTooLargeError(error.reason) from error


def _events(principal: Principal, sent: SentResult) -> list[Message]:
    """Return what a runner would have told of the run."""
    result = sent.result
    subject = {
        "project_id": principal.project_id,
        "flow_name": result.flow_name,
        "trigger_type": result.trigger_type,
        "started_at": result.started_at,
    }
    started = ExecutionStarted(
        **subject,
        environment=result.environment,
        triggered_by=principal.name,
        runner_id=NO_RUNNER,
        planned=sent.flow.steps_planned() if sent.flow is not None else [],
    )
    finished = ExecutionFinished(
        **subject,
        status=result.status,
        finished_at=result.finished_at,
        duration_ms=result.duration_ms,
        error_code=result.error_code,
        error_message=result.error_message,
        warnings=result.warnings,
        outputs=result.outputs,
        step_counts=Counter(step.status for step in result.steps),
    )
    return [started, *result.steps, *result.logs, finished]


def _lines(result: UploadedResult, events: Sequence[Message]) -> list[bytes]:
    """Return the events as JSON.

    Raises:
        RequestInvalidError: one is larger than what a runner may say at once.
    """
    lines = [event.model_dump_json().encode() for event in events]
    faults = [
        Fault(_pointer(result, place), f"{len(line)} bytes; one has at most {LARGEST_EVENT}", "event_too_large")
        for place, line in enumerate(lines)
        if len(line) > LARGEST_EVENT
    ]
    if faults:
        raise RequestInvalidError(faults[:MOST_FAULTS])
    return lines


def _pointer(result: UploadedResult, place: int) -> str:
    """Return where in the body the event at this place was."""
    line = place - 1 - len(result.steps)
    if place == 0:
        return "/source"
    if line < 0:
        return f"/steps/{place - 1}"
    return f"/logs/{line}" if line < len(result.logs) else "/outputs"
