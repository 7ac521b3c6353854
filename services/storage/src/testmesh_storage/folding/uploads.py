"""Uploaded results become executions that have ended: each whole in one transaction, once, over nobody else's.

Who made the row decides: an upload makes its own or leaves everything as it is. So it can neither end nor
change an execution that was asked for here, nor one that another upload made.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog
from prometheus_client import Counter
from pydantic_core import from_json, to_json

from testmesh_chassis.bus import Received
from testmesh_chassis.database import Connection
from testmesh_chassis.outbox import Outbox
from testmesh_contracts import Message
from testmesh_contracts.events import ExecutionStarted
from testmesh_contracts.executions import ExecutionUploaded
from testmesh_storage.config import StorageSettings
from testmesh_storage.folding.announcer import Announcer
from testmesh_storage.folding.book import Book, close_book, write_lot
from testmesh_storage.folding.clock import Clock, now
from testmesh_storage.folding.completion import End, Told, end, keep_results
from testmesh_storage.folding.effects import Effects
from testmesh_storage.repository import executions, named
from testmesh_storage.repository.executions import Execution
from testmesh_storage.upload_files import UploadFiles

UNREADABLE = "upload_unreadable"
UNREADABLE_MESSAGE = "the uploaded result could not be read, it lies in the dead letters; run the flow again"

refused = Counter("testmesh_uploads_refused_total", "Uploads of an id that was taken by something else.")
_log = structlog.get_logger(__name__)


class UploadsFold:
    """Folds `executions.uploads`."""

    def __init__(self, settings: StorageSettings, outbox: Outbox, announcer: Announcer, clock: Clock = now) -> None:
        self._settings = settings
        self._outbox = outbox
        self._announcer = announcer
        self._clock = clock
        self._files = UploadFiles(settings.artifacts_dir, settings.upload_file_patience_s, clock)

    async def apply(
        self, connection: Connection, batch: Sequence[Received[ExecutionUploaded]]
    ) -> Callable[[], None] | None:
        """Make the executions that are new; of the others say again how they ended."""
        first: dict[Any, Received[ExecutionUploaded]] = {}
        for received in batch:
            first.setdefault(received.message.execution_id, received)
        rows = {key: await self._new_row(connection, received) for key, received in first.items()}
        added = await executions.add_new(connection, list(rows.values()))
        known = await executions.lock(connection, rows.keys() - added) if len(added) < len(rows) else {}
        book = Book({key: rows[key] for key in added}, self._clock())
        read: list[ExecutionUploaded] = []
        for received in batch:
            upload = received.message
            if upload.execution_id in added and received is first[upload.execution_id]:
                await self._tell(connection, book, upload)
                read.append(upload)
            else:
                _meet((rows | known)[upload.execution_id], upload, book.told)
        await close_book(connection, book, self._outbox)
        return lambda: self._after(book.told, read)

    async def mark_dead(self, connection: Connection, message: Message | None, fields: Mapping[bytes, bytes]) -> None:
        """End an upload that nobody can read as `error`, unless its id is taken: who uploaded it is told so."""
        if not isinstance(message, ExecutionUploaded):
            execution = fields.get(b"execution", b"").decode("ascii", "replace")
            _log.error("unreadable upload; it stays in the outbox of the api", execution_id=execution)
            return
        row = _row(message)
        row.requested_at = row.started_at = _begun_at(message)
        if not await executions.add_new(connection, [row]):
            return
        told = Told()
        end(row, End("error", message.finished_at, UNREADABLE, UNREADABLE_MESSAGE), told)
        await executions.save(connection, [row])
        await keep_results(connection, self._outbox, told)

    async def _new_row(self, connection: Connection, received: Received[ExecutionUploaded]) -> Execution:
        upload = received.message
        row = _row(upload)
        row.trace_id = received.entry.trace
        flow = await named.find(connection, upload.project_id, upload.flow_name, upload.source_digest)
        if flow is not None:
            row.flow_id, row.flow_version = flow
        return row

    async def _tell(self, connection: Connection, book: Book, upload: ExecutionUploaded) -> None:
        """Apply the events of an upload as those of a first run; no runner ever has a claim as old as its."""
        execution, run = book.executions[upload.execution_id], book.run(upload.execution_id, 1)
        effects = Effects(book, self._settings)
        async for lot in self._files.lots(upload):
            for event in lot:
                run.last_seq += 1
                effects.apply(run, run.last_seq, event)
            if upload.file is not None:
                await write_lot(connection, book)
        execution.requested_at = execution.started_at
        if not execution.is_terminal:
            end(execution, End("error", upload.finished_at, UNREADABLE, UNREADABLE_MESSAGE), book.told)

    def _after(self, told: Told, read: list[ExecutionUploaded]) -> None:
        self._announcer.announce(told)
        self._files.remove(read)


def _row(upload: ExecutionUploaded) -> Execution:
    return Execution(
        upload.execution_id,
        project_id=upload.project_id,
        flow_name=upload.flow_name,
        environment=upload.environment,
        trigger_type=upload.trigger_type,
        triggered_by=upload.triggered_by,
        labels=to_json(upload.labels).decode(),
        upload=upload.upload.model_dump_json(),
        context=to_json({"digest": upload.source_digest}).decode(),
    )


def _begun_at(upload: ExecutionUploaded) -> datetime:
    """Return when a run began, by what is left of it: its first event, or its id, which it gave itself then."""
    for event in upload.events:
        if isinstance(event, ExecutionStarted):
            return event.started_at
    ended = upload.finished_at
    if upload.execution_id.version != 7:
        return ended
    return datetime.fromtimestamp(min((upload.execution_id.int >> 80) / 1000, ended.timestamp()), UTC)


def _meet(execution: Execution, upload: ExecutionUploaded, told: Told) -> None:
    """Meet an execution that is there: its result is said again, whoever made it, so that the api need not."""
    same = execution.project_id == upload.project_id and _digest(execution) == upload.upload.digest
    if not same:
        refused.inc()
        _log.warning("upload refused: its id is taken", execution_id=str(execution.id))
    if execution.is_terminal:
        told.again[execution.id] = execution


def _digest(execution: Execution) -> str | None:
    return None if execution.upload is None else str(from_json(execution.upload)["digest"])
