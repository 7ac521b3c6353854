"""The connections to one database that executions share: each is used by one statement at a time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from testmesh_sdk import ActionContext

C = TypeVar("C")
MOST = 10
"""Connections to one database that a runner has open; whoever wants another waits."""


@dataclass(slots=True)
class Lent(Generic[C]):
    """A connection, for one statement. Only one that is known to be as it was is lent again: set `is_clean` then."""

    connection: C
    is_clean: bool = False


@dataclass(frozen=True, slots=True)
class Driver(Generic[C]):
    """What a pool must know of a kind of connection."""

    connect: Callable[[], Awaitable[C]]
    is_alive: Callable[[C], Awaitable[bool]]
    close: Callable[[C], Awaitable[None]]
    discard: Callable[[C], None]
    """Cut off at once, without a word to the server."""


class Pool(Generic[C]):
    """Opens connections as they are wanted, and keeps those that came back clean."""

    def __init__(self, driver: Driver[C]) -> None:
        self._driver = driver
        self._free: list[C] = []
        self._slots = asyncio.Semaphore(MOST)
        self._closed = False

    @asynccontextmanager
    async def lend(self, context: ActionContext) -> AsyncIterator[Lent[C]]:
        """Lend a connection for the block, when one is free."""
        if self._slots.locked():
            context.activity += f" waits for one of {MOST} connections, all of which other steps use"
        async with self._slots:
            lent = Lent(await self._free_one() or await self._driver.connect())
            try:
                yield lent
            finally:
                if lent.is_clean and not self._closed:
                    self._free.append(lent.connection)
                else:
                    self._driver.discard(lent.connection)

    async def close(self) -> None:
        """Close the connections that nobody uses; the others are cut off as they come back."""
        self._closed = True
        while self._free:
            await self._driver.close(self._free.pop())

    async def _free_one(self) -> C | None:
        while self._free:
            connection = self._free.pop()
            try:
                alive = await self._driver.is_alive(connection)
            except BaseException:
                self._driver.discard(connection)
                raise
            if alive:
                return connection
            self._driver.discard(connection)
        return None
