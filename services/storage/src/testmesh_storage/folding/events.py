"""Packs of events become the state of executions, their steps, logs and artifacts."""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

import structlog

from testmesh_chassis.bus import Received
from testmesh_chassis.database import Connection
from testmesh_chassis.outbox import Outbox
from testmesh_contracts import Message
from testmesh_contracts.events import ExecutionEvents, ExecutionFinished
from testmesh_storage.config import StorageSettings
from testmesh_storage.folding.announcer import Announcer
from testmesh_storage.folding.book import Book, close_book, open_book
from testmesh_storage.folding.clock import Clock, now
from testmesh_storage.folding.completion import UNREADABLE, UNREADABLE_MESSAGE, End, end
from testmesh_storage.folding.requests import legible_text
from testmesh_storage.folding.runs import Sequencer

INT = 2**31 - 1
BIGINT = 2**63 - 1

_log = structlog.get_logger(__name__)


class EventsFold:
    """Folds `executions.events`."""

    def __init__(self, settings: StorageSettings, outbox: Outbox, announcer: Announcer, clock: Clock = now) -> None:
        self._settings = settings
        self._outbox = outbox
        self._announcer = announcer
        self._clock = clock

    async def apply(
        self, connection: Connection, batch: Sequence[Received[ExecutionEvents]]
    ) -> Callable[[], None] | None:
        """Apply each event once, in the order of its run, whatever order the packs are in."""
        book = await open_book(connection, (received.message.execution_id for received in batch), self._clock())
        sequencer = Sequencer(book, self._settings)
        for received in batch:
            pack = received.message
            execution = book.executions[pack.execution_id]
            execution.trace_id = execution.trace_id or received.entry.trace
            events = [(sequenced.seq, sequenced.event) for sequenced in pack.events]
            sequencer.take(pack.execution_id, pack.run, pack.fence, events)
        await close_book(connection, book, self._outbox)
        return self._announcer.after(book.told)

    async def mark_dead(self, connection: Connection, message: Message | None, fields: Mapping[bytes, bytes]) -> None:
        """Taint the execution: with an event that nobody can read it cannot pass."""
        pack = message if isinstance(message, ExecutionEvents) else None
        execution_id = pack.execution_id if pack else _execution_of(fields)
        if execution_id is None:
            _log.error("unreadable events name no execution; no execution is marked")
            return
        book = await open_book(connection, [execution_id], self._clock())
        execution = book.executions[execution_id]
        execution.tainted = True
        execution.tainted_reason = "an entry of executions.events was unreadable; it lies in the dead letters"
        if pack is not None and _fits(pack):
            self._pass_over(book, pack)
        await close_book(connection, book, self._outbox)

    def _pass_over(self, book: Book, pack: ExecutionEvents) -> None:
        """Take the pack's events as lost, so that the next ones need not wait for them."""
        Sequencer(book, self._settings).take(
            pack.execution_id, pack.run, pack.fence, [(sequenced.seq, None) for sequenced in pack.events]
        )
        execution = book.executions[pack.execution_id]
        last = pack.events[-1].event
        if not isinstance(last, ExecutionFinished) or execution.is_terminal or pack.fence < execution.fence:
            return
        execution.project_id = execution.project_id or last.project_id
        execution.flow_name = execution.flow_name or legible_text(last.flow_name)
        execution.trigger_type = execution.trigger_type or last.trigger_type
        execution.run = pack.run
        execution.lost_events = book.run(pack.execution_id, pack.run).lost_events
        end(execution, End("error", self._clock(), UNREADABLE, UNREADABLE_MESSAGE), book.told)


def _execution_of(fields: Mapping[bytes, bytes]) -> UUID | None:
    try:
        return UUID(fields.get(b"execution", b"").decode())
    except ValueError:
        return None


def _fits(pack: ExecutionEvents) -> bool:
    """Tell whether the pack's numbers are such that a row can have them."""
    return pack.run <= INT and abs(pack.fence) <= BIGINT and all(event.seq <= INT for event in pack.events)
