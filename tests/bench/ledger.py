"""What a database says of the executions of a flow: the bench believes nothing else."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from tests.bench.children import BenchError

LOOK_EVERY_S = 0.05
STALLED_S = 45


class Ledger:
    """One connection for all questions, so that its backend's CPU time can be told from the product's."""

    def __init__(self, connection: "asyncpg.Connection[Any]", backend: int) -> None:
        self._connection = connection
        self.backend = backend

    async def rows(self, statement: str, *values: Any) -> "list[asyncpg.Record]":
        return await self._connection.fetch(statement, *values)

    async def one(self, statement: str, *values: Any) -> Any:
        return await self._connection.fetchval(statement, *values)

    async def vacuum(self) -> None:
        await self._connection.execute("VACUUM (ANALYZE)")

    async def until_at_least(self, wanted: int, statement: str, *values: Any) -> None:
        """Ask until the count is that high; give up where it no longer changes."""
        await self._until(lambda found: found >= wanted, f"{wanted} or more", statement, *values)

    async def until_none(self, statement: str, *values: Any) -> None:
        """Likewise until it is 0."""
        await self._until(lambda found: found == 0, "none", statement, *values)

    async def _until(self, reached: Callable[[int], bool], wanted: str, statement: str, *values: Any) -> None:
        found = await self.one(statement, *values)
        changed = time.monotonic()
        while not reached(found):
            if time.monotonic() - changed > STALLED_S:
                raise BenchError(
                    f"Waiting for {wanted} of: {statement.strip()}: for {STALLED_S} s it has been {found}. "
                    "Look into the services' logs."
                )
            await asyncio.sleep(LOOK_EVERY_S)
            before, found = found, await self.one(statement, *values)
            if found != before:
                changed = time.monotonic()


@asynccontextmanager
async def opened_ledger(url: str) -> AsyncIterator[Ledger]:
    connection = await asyncpg.connect(url)
    try:
        yield Ledger(connection, connection.get_server_pid())
    finally:
        await connection.close()
