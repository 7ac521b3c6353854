"""Writing ends: the terminal event of a run goes to its row before anybody hears it; many at once."""

import asyncio

import structlog

from testmesh_chassis.backoff import Backoff
from testmesh_chassis.errors import is_outage
from testmesh_chassis.pace import Pace
from testmesh_runner.assignments import Ending
from testmesh_runner.runs import Runs

PACE_S = 0.02
MOST = 500

_log = structlog.get_logger(__name__)


class Endings:
    """Batches the ends of runs into one statement; those that come while one is written form the next."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._waiting: list[tuple[Ending, asyncio.Future[str | None]]] = []
        self._pace = Pace(PACE_S)
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        self._stopping.set()
        self._wake.set()
        if self._task is not None:
            await self._task

    async def write(self, ending: Ending) -> str | None:
        """Write an end; return its row's state, None where another runner's claim is on it."""
        written: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((ending, written))
        self._wake.set()
        return await written

    async def _run(self) -> None:
        while not (self._stopping.is_set() and not self._waiting):
            await self._wake.wait()
            if not self._waiting:
                self._wake.clear()
                continue
            await self._pace.wait()
            self._pace.begin()
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            await self._write(batch)
            if not self._waiting and not self._stopping.is_set():
                self._wake.clear()

    async def _write(self, batch: list[tuple[Ending, asyncio.Future[str | None]]]) -> None:
        backoff = Backoff()
        while True:
            try:
                states = await self._runs.end([ending for ending, _ in batch])
            except Exception as error:
                if not is_outage(error):
                    _log.exception("ends of runs not written, trying again", count=len(batch))
                if self._stopping.is_set():
                    _give_up(batch, error)
                    return
                await backoff.wait(self._stopping)
                continue
            for ending, written in batch:
                if not written.done():
                    written.set_result(states.get(ending.execution_id))
            return


def _give_up(batch: list[tuple[Ending, asyncio.Future[str | None]]], error: Exception) -> None:
    """The process ends: the rows stay held, and another runner takes them when this one's heartbeat is gone."""
    for _, written in batch:
        if not written.done():
            written.set_exception(error)
