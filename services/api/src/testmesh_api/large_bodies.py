"""Large bodies, parsed beside other requests and few at a time: parsed, one has many times its size."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from testmesh_api.bodies import AT_ONCE_BYTES
from testmesh_api.errors import BodiesBusyError

MOST_TOGETHER = 2
PATIENCE_S = 20.0

T = TypeVar("T")


class LargeBodies:
    """The turns of one process: a small body needs none, a large one waits for its own, within bounds."""

    def __init__(self, together: int = MOST_TOGETHER, patience_s: float = PATIENCE_S) -> None:
        self._free = asyncio.Semaphore(together)
        self._patience_s = patience_s

    async def read(self, body: bytes, reader: Callable[[bytes], T]) -> T:
        """Return what the reader makes of the body.

        Raises:
            BodiesBusyError: others took too long.
        """
        if len(body) <= AT_ONCE_BYTES:
            return reader(body)
        async with self._turn():
            return await asyncio.to_thread(reader, body)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        try:
            await asyncio.wait_for(self._free.acquire(), self._patience_s)
        except TimeoutError as error:
            raise BodiesBusyError(self._patience_s) from error
        try:
            yield
        finally:
            self._free.release()
