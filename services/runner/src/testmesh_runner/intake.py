"""Intake: a slot that is free gets a run, first of what nobody holds, then of what the stream delivers.

An entry is acknowledged when its execution has a row; until then it stays in the stream's hands.
"""

import asyncio
import time
from uuid import UUID

import structlog

from testmesh_chassis.backoff import Backoff
from testmesh_chassis.errors import is_outage
from testmesh_runner.assignments import Assignment, Release
from testmesh_runner.execution import Execution, Workshop
from testmesh_runner.locks import Key
from testmesh_runner.requests import Read, Requests
from testmesh_runner.runs import Runs
from testmesh_runner.slots import Slots
from testmesh_runner.takeover import Takeover

FULL_WAIT_S = 0.5

_log = structlog.get_logger(__name__)


class Intake:
    """Keeps the slots of a runner busy."""

    def __init__(self, requests: Requests, runs: Runs, slots: Slots, takeover: Takeover, workshop: Workshop) -> None:
        self._requests = requests
        self._runs = runs
        self._locks = workshop.locks
        self._slots = slots
        self._takeover = takeover
        self._workshop = workshop
        self._read: list[Read] = []
        self._look_around = True
        self._under_way: set[asyncio.Task[None]] = set()
        self._taking = asyncio.Lock()
        """Held from asking for rows to beginning them: a look around would set free what is granted meanwhile."""
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def look_around(self) -> None:
        """Look for work that nobody holds before the stream is read again; each heartbeat calls this."""
        self._look_around = True

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Take nothing more."""
        self._stopping.set()
        self._requests.stop_waiting()
        if self._task is not None:
            await self._task
        if self._read:
            await self._hand_over()

    async def wait_for_runs(self, within_s: float) -> bool:
        """Wait until no run is under way; tell whether it was in time."""
        end = time.monotonic() + within_s
        while self._under_way and (left_s := end - time.monotonic()) > 0:
            await asyncio.wait(self._under_way, timeout=left_s)
        return not self._under_way

    def begin(self, assignment: Assignment) -> None:
        """Carry out an assignment in a slot of its own, unless that has the execution under a claim as new."""
        current = self._slots.find(assignment.execution_id)
        if current is not None and current.claim >= assignment.claim:
            _log.warning("assignment came late, dropped", execution_id=str(assignment.execution_id))
            return
        execution = Execution(assignment, self._workshop)
        self._slots.take(execution)
        task = execution.start()
        self._under_way.add(task)
        task.add_done_callback(lambda done: self._finished(execution, done))

    def _finished(self, execution: Execution, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if task.cancelled():
            self._slots.give_back(execution)
            return
        error = task.exception()
        if error is not None:
            _log.error("run broke down", execution_id=str(execution.execution_id), exc_info=error)
            self._takeover.note_broken(execution.claim)
        if error is not None or execution.key is None:
            self._slots.give_back(execution)
            return
        giving_on = asyncio.create_task(self._give_on(execution, execution.key))
        self._under_way.add(giving_on)
        giving_on.add_done_callback(self._under_way.discard)

    async def _give_on(self, execution: Execution, key: Key) -> None:
        """Give a concurrency key on, and this slot to who waited for it; else the next look around does."""
        try:
            granted = await self._locks.settle(key)
            if granted is not None:
                await self._take_granted(execution, granted)
        except Exception as error:
            self._takeover.suspect_lost_reply()
            if not is_outage(error):
                _log.exception("concurrency key not given on, the next look around does it")
        self._slots.give_back(execution)

    async def _take_granted(self, execution: Execution, granted: UUID) -> None:
        async with self._taking:
            if self._stopping.is_set():
                return
            taken = await self._runs.take_one_free(granted)
            self._slots.give_back(execution)
            for assignment in taken:
                self.begin(assignment)

    async def _run(self) -> None:
        backoff = Backoff()
        while not self._stopping.is_set():
            try:
                await self._step()
                backoff.reset()
            except Exception as error:
                self._takeover.suspect_lost_reply()
                if not is_outage(error):
                    _log.exception("intake failed, trying again")
                await backoff.wait(self._stopping)

    async def _step(self) -> None:
        if self._look_around:
            self._look_around = False
            async with self._taking:
                self._read += await self._takeover.take(self.begin)
            await self._takeover.forget_lost_members()
        if not self._slots.free or not self._workshop.publisher.has_room:
            await self._slots.wait_for_change(FULL_WAIT_S)
            return
        if not self._read:
            self._read = await self._requests.read(self._slots.free)
        if self._read and not self._stopping.is_set():
            await self._take_in()

    async def _take_in(self) -> None:
        """Write rows for as many requests as there are slots, acknowledge, begin; the rest waits here."""
        chosen, later = self._read[: self._slots.free], self._read[self._slots.free :]
        try:
            assignments = await self._runs.take_in([(each.entry, each.request) for each in chosen])
        except Exception as error:
            if is_outage(error):
                raise
            assignments = await self._one_by_one(chosen, error)
        self._read = later
        for assignment in assignments:
            self.begin(assignment)
        await self._requests.acknowledge(chosen)

    async def _hand_over(self) -> None:
        """Write free rows for what was read in the last moment, so that others need not wait for it."""
        read, self._read = self._read, []
        try:
            taken = await self._runs.take_in([(each.entry, each.request) for each in read])
            await self._runs.release([Release(each.execution_id, each.claim, started=False) for each in taken])
            await self._requests.acknowledge(read)
        except Exception as error:
            if not is_outage(error):
                _log.exception("requests not handed over")
            _log.warning("requests left in the stream, others take them from there", count=len(read))

    async def _one_by_one(self, chosen: list[Read], error: Exception) -> list[Assignment]:
        """Find the request that the database refuses, and put it to the dead letters."""
        if len(chosen) == 1:
            await self._requests.bury(chosen[0], repr(error))
            return []
        taken: list[Assignment] = []
        for each in chosen:
            try:
                taken += await self._runs.take_in([(each.entry, each.request)])
            except Exception as refused:
                if is_outage(refused):
                    for assignment in taken:
                        self.begin(assignment)
                    raise
                await self._requests.bury(each, repr(refused))
        return taken
