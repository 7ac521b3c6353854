"""Leaving in good order: nothing new, what runs may end, the rest is given to others, then the runner is gone."""

import asyncio
import time

import structlog

from testmesh_chassis.backoff import Backoff
from testmesh_chassis.errors import is_outage
from testmesh_runner.execution import Execution
from testmesh_runner.heartbeat import Heartbeat
from testmesh_runner.intake import Intake
from testmesh_runner.publisher import Publisher
from testmesh_runner.runs import Runs
from testmesh_runner.slots import Slots
from testmesh_runner.unconfirmed import Unconfirmed

TEARDOWN_S = 25.0
"""With what follows well within the minute that the process gives its parts beyond the grace."""
SAYING_S = 5.0
RELEASE_TRIES = 5

_log = structlog.get_logger(__name__)


class Drain:
    """The last part of a runner to start and the first to stop; heartbeats go on until it is done."""

    def __init__(
        self,
        intake: Intake,
        slots: Slots,
        runs: Runs,
        publisher: Publisher,
        unconfirmed: Unconfirmed,
        heartbeat: Heartbeat,
        *,
        grace_s: float,
    ) -> None:
        self._intake = intake
        self._slots = slots
        self._runs = runs
        self._publisher = publisher
        self._unconfirmed = unconfirmed
        self._heartbeat = heartbeat
        self._grace_s = grace_s

    async def start(self) -> None:
        await self._intake.start()

    async def stop(self) -> None:
        self._heartbeat.draining = True
        began = time.monotonic()
        await self._intake.stop()
        in_time = await self._intake.wait_for_runs(self._grace_s)
        if not in_time:
            await self._give_back()
        await self._publisher.flush(SAYING_S)
        await self._leave_ends_to_others()
        _log.info("drained", in_time=in_time, seconds=round(time.monotonic() - began, 1))

    async def _give_back(self) -> None:
        """Cancel what is left, with its teardown, and set its rows free; nobody's result is written here."""
        left = list(self._slots)
        _log.warning("runs given back, the grace is over", count=len(left))
        for execution in left:
            execution.give_back()
        if not await self._intake.wait_for_runs(TEARDOWN_S):
            for execution in self._slots:
                execution.stop()
            await self._intake.wait_for_runs(1)
        await self._release(left)

    async def _release(self, left: list[Execution]) -> None:
        """Rows that were ended meanwhile are not touched: only held ones are set free."""
        backoff = Backoff()
        for _ in range(RELEASE_TRIES):
            try:
                await self._runs.release([execution.release for execution in left])
            except Exception as error:
                if not is_outage(error):
                    raise
                await backoff.wait()
            else:
                return
        _log.warning("rows not set free, others take them when this heartbeat is old", count=len(left))

    async def _leave_ends_to_others(self) -> None:
        execution_ids = self._unconfirmed.execution_ids
        if not execution_ids:
            return
        try:
            async with asyncio.timeout(SAYING_S):
                await self._runs.release_ended(execution_ids)
        except Exception as error:
            if not is_outage(error):
                raise
            _log.warning("unconfirmed ends not handed over, others take them later", count=len(execution_ids))
