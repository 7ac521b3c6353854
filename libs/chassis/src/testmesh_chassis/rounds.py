"""Work that is done every so often until the process stops."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from testmesh_chassis.backoff import Backoff
from testmesh_chassis.errors import is_outage

_log = structlog.get_logger(__name__)


class Rounds:
    """A part of the process that does its work at once and then every so many seconds."""

    def __init__(self, name: str, every_s: float, work: Callable[[], Awaitable[None]]) -> None:
        self._name = name
        self._every_s = every_s
        self._work = work
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        self._stopping.set()
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        retry = Backoff(first=1.0, longest=60.0)
        pause = Backoff(first=self._every_s, longest=self._every_s)
        while not self._stopping.is_set():
            try:
                await self._work()
            except Exception as error:
                if not is_outage(error):
                    _log.exception("round failed, trying again", work=self._name)
                await (retry if self._every_s > retry.longest else pause).wait(self._stopping)
            else:
                retry.reset()
                await pause.wait(self._stopping)
