"""Results as they come: who waits for one is woken, and what asked for it leaves the outbox."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from testmesh_api.executions.lookup import Lookup
from testmesh_api.principals import Principal
from testmesh_chassis.bus import Received
from testmesh_chassis.database import Database
from testmesh_chassis.errors import FaultError, NoAnswerError, is_outage
from testmesh_chassis.outbox import Outbox
from testmesh_contracts import TERMINAL
from testmesh_contracts.executions import ExecutionCompleted, ExecutionView


class Results:
    """Hears results; waits for those of single executions, without asking again and again."""

    def __init__(self, database: Database, outbox: Outbox, lookup: Lookup) -> None:
        self._database = database
        self._outbox = outbox
        self._lookup = lookup
        self._awaited: dict[UUID, set[asyncio.Future[None]]] = defaultdict(set)
        self._stopped = False

    async def let_waiters_go(self) -> None:
        """Answer those who wait, because the process ends: their executions are accepted, and go on."""
        self._stopped = True
        for execution_id in list(self._awaited):
            self._wake(execution_id)

    async def wake_waiters(self, batch: Sequence[Received[ExecutionCompleted]]) -> None:
        """Wake who waits for these results in this replica; who asks from now on is not told an earlier state."""
        self._lookup.outdate({received.message.execution_id for received in batch})
        for received in batch:
            self._wake(received.message.execution_id)

    async def free_outbox(self, batch: Sequence[Received[ExecutionCompleted]]) -> None:
        """Take out the rows of executions that have their result."""
        async with self._database.connection() as connection:
            await self._outbox.confirm(connection, [received.message.execution_id for received in batch])

    async def finished(self, principal: Principal, execution_id: UUID, *, within_s: float) -> ExecutionView | None:
        """Return the execution when it has ended, None where it has not in time, or nobody can tell."""
        with self._awaiting(execution_id) as woken:
            try:
                found = await self._lookup.get(principal, execution_id, afresh=True)
                if found.status in TERMINAL:
                    return found
                await asyncio.wait([woken], timeout=within_s)
                found = await self._lookup.get(principal, execution_id, afresh=True)
            except (NoAnswerError, FaultError):
                return None
            except Exception as error:
                if not is_outage(error):
                    raise
                return None
        return found if found.status in TERMINAL else None

    @contextmanager
    def _awaiting(self, execution_id: UUID) -> Iterator[asyncio.Future[None]]:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self._stopped:
            woken.set_result(None)
        self._awaited[execution_id].add(woken)
        try:
            yield woken
        finally:
            waiting = self._awaited[execution_id]
            waiting.discard(woken)
            if not waiting:
                del self._awaited[execution_id]

    def _wake(self, execution_id: UUID) -> None:
        for woken in self._awaited.get(execution_id, ()):
            if not woken.done():
                woken.set_result(None)
