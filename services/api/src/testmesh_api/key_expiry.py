"""Forgetting idempotency keys after their 24 hours."""

import asyncio

import structlog

from testmesh_api import repository
from testmesh_chassis.backoff import Backoff
from testmesh_chassis.database import Database
from testmesh_chassis.errors import is_outage

EVERY_S = 600.0

_log = structlog.get_logger(__name__)


class KeyExpiry:
    """Removes old keys every ten minutes; a key past its time is free even before that."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        self._stopping.set()
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        pause = Backoff(first=EVERY_S, longest=EVERY_S)
        while not self._stopping.is_set():
            await pause.wait(self._stopping)
            try:
                async with self._database.connection() as connection:
                    await repository.remove_old_keys(connection)
            except Exception as error:
                if not is_outage(error):
                    _log.exception("old idempotency keys not removed")
