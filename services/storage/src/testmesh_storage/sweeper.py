"""Nothing stays open for ever: executions past their deadline end, holes in their events are given up.

It judges by what storage has not heard, so only while its folds are current: a slow storage sweeps
nothing. Each pass begins at the oldest execution that was still open in the pass before, or at the
newest where none was; never later than now.
"""

import time
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from testmesh_chassis.database import Connection, Database
from testmesh_chassis.outbox import Outbox
from testmesh_storage.config import StorageSettings
from testmesh_storage.currency import Judge
from testmesh_storage.folding.announcer import Announcer
from testmesh_storage.folding.book import close_book, open_book
from testmesh_storage.folding.clock import Clock, now
from testmesh_storage.folding.completion import End, Told, end, keep_results
from testmesh_storage.folding.runs import Sequencer
from testmesh_storage.repository import executions, runs, steps
from testmesh_storage.repository.batch import PlanByKey
from testmesh_storage.repository.executions import Execution
from testmesh_storage.repository.runs import Run
from testmesh_storage.repository.steps import Closing

FIRST = UUID(int=0)
MARGIN_MS = 60 * 1000
"""Requests may be heard this much after their id was made and still be seen by the next pass; later ones
are seen by the pass over all. Each pass reads all rows of so long a time, so that more costs the queries their pace."""

_log = structlog.get_logger(__name__)


class Sweeper:
    """Ends what nobody else will end, in one replica at a time."""

    def __init__(
        self,
        settings: StorageSettings,
        database: Database,
        outbox: Outbox,
        announcer: Announcer,
        is_current: Judge,
        clock: Clock = now,
    ) -> None:
        self._settings = settings
        self._database = database
        self._outbox = outbox
        self._announcer = announcer
        self._is_current = is_current
        self._clock = clock
        self._first = FIRST
        self._all_at = 0.0

    async def sweep(self) -> None:
        """Do one pass: holes first, because an end may wait behind one."""
        await self._mend_holes()
        if time.monotonic() - self._all_at >= self._settings.sweep_all_every_s:
            self._first, self._all_at = FIRST, time.monotonic()
        while await self._is_current():
            if await self._end_overdue() < self._settings.sweep_batch:
                break
        async with self._database.transaction() as connection:
            await PlanByKey.use(connection)
            first = await executions.oldest_open(connection, self._first) or await executions.newest(connection)
        if first is not None:
            # An id may come from a clock that is ahead: what is made from now on would stand before it.
            self._first = max(self._first, _earlier(min(first, _made_at(self._clock()))))

    async def _end_overdue(self) -> int:
        told = Told()
        moment = self._clock()
        async with self._database.transaction() as connection:
            if not await _is_mine(connection):
                return 0
            await PlanByKey.use(connection)
            before = moment - timedelta(seconds=self._settings.sweep_slack_s)
            overdue = await executions.lock_overdue(connection, self._first, before, self._settings.sweep_batch)
            for execution in overdue:
                end(execution, _end_of(execution, moment), told)
            await executions.save(connection, overdue)
            if overdue:
                await steps.close(connection, [_closing(execution, moment) for execution in overdue])
            await keep_results(connection, self._outbox, told)
        if overdue:
            _log.warning("executions past their deadline ended", count=len(overdue))
            self._announcer.announce(told)
        return len(overdue)

    async def _mend_holes(self) -> None:
        """Ask again for what is missing; give up what was waited for long enough."""
        async with self._database.connection() as connection:
            open_holes = await runs.with_holes(connection, self._settings.sweep_batch)
        if not open_holes:
            return
        since = self._clock() - timedelta(seconds=self._settings.hole_patience_s)
        given_up = [run for run in open_holes if await self._is_lost(run, since)]
        if given_up:
            await self._give_up(given_up, since)
        lost = {(run.execution_id, run.run) for run in given_up}
        told = Told()
        told.resend = {key: run.last_seq + 1 for run in open_holes if (key := (run.execution_id, run.run)) not in lost}
        self._announcer.announce(told)

    async def _is_lost(self, run: Run, since: datetime) -> bool:
        waited_from = run.terminal_held_since or (run.hole_since if await self._has_ended(run) else None)
        return waited_from is not None and waited_from <= since and await self._is_current()

    async def _has_ended(self, run: Run) -> bool:
        async with self._database.connection() as connection:
            ended = await connection.fetchval(
                f"SELECT finished_at IS NOT NULL FROM {executions.TABLE} WHERE id = $1", run.execution_id
            )
        return bool(ended)

    async def _give_up(self, lost: list[Run], since: datetime) -> None:
        async with self._database.transaction() as connection:
            book = await open_book(connection, {run.execution_id for run in lost}, self._clock())
            sequencer = Sequencer(book, self._settings)
            for run in lost:
                kept = book.run(run.execution_id, run.run)
                if kept.hole_since is not None and kept.hole_since <= since:
                    sequencer.give_up_hole(kept)
            await close_book(connection, book, self._outbox)
        _log.warning("events lost, their runs go on without them", runs=len(lost))
        self._announcer.announce(book.told)


async def _is_mine(connection: Connection) -> bool:
    return bool(
        await connection.fetchval("SELECT pg_try_advisory_xact_lock(hashtextextended('executions.sweeper', 0))")
    )


def _end_of(execution: Execution, moment: datetime) -> End:
    deadline = f"{execution.deadline_at:%Y-%m-%d %H:%M:%S} UTC"
    if execution.status == "pending":
        return End("error", moment, "queue_timeout", f"queue timeout: no runner had started it by {deadline}")
    return End(
        "error",
        moment,
        "deadline_passed",
        f"deadline passed: its runner had not told how run {execution.run} ended by {deadline}",
    )


def _closing(execution: Execution, moment: datetime) -> Closing:
    return Closing(execution.id, execution.fence, "deadline_passed", "its execution passed its deadline", moment)


def _made_at(moment: datetime) -> UUID:
    """Return the lowest id that is made at a moment."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def _earlier(than: UUID) -> UUID:
    """Return an id made a margin before this one."""
    return UUID(int=max(0, (than.int >> 80) - MARGIN_MS) << 80)
