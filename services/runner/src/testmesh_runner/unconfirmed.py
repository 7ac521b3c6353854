"""Ends that storage has not confirmed yet: said again, first after 5 s, then ever more rarely."""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import structlog

from testmesh_chassis.backoff import Backoff
from testmesh_chassis.errors import is_outage
from testmesh_runner.assignments import EndedRun
from testmesh_runner.packing import Place
from testmesh_runner.publisher import Publisher
from testmesh_runner.runs import Runs
from testmesh_runner.voice import Voice

PASS_EVERY_S = 2.0
FIRST_AFTER_S = 5.0
SECOND_AFTER_S = 10.0
LONGEST_S = 600.0

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Waiting:
    voice: Voice
    since: float
    next_at: float
    delay: float = SECOND_AFTER_S


class Unconfirmed:
    """The ended runs of this runner that still lack their `ExecutionCompleted`."""

    def __init__(self, runs: Runs, publisher: Publisher) -> None:
        self._runs = runs
        self._publisher = publisher
        self._waiting: dict[UUID, _Waiting] = {}
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def execution_ids(self) -> list[UUID]:
        return list(self._waiting)

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        self._stopping.set()
        if self._task is not None:
            await self._task

    def add(self, voice: Voice) -> None:
        """Wait for the result of a run whose end was told."""
        now = time.monotonic()
        self._waiting[voice.place.execution_id] = _Waiting(voice, now, now + FIRST_AFTER_S)

    def take_over(self, ended: EndedRun) -> None:
        """Say the end of a run that another runner carried out; the run itself is never repeated."""
        place = Place(ended.execution_id, ended.run, ended.claim, ended.trace)
        voice = self._publisher.open(place, first=ended.last_seq)
        self._publisher.tell_end(voice, ended.terminal)
        self.add(voice)

    def confirm(self, execution_ids: Iterable[UUID]) -> None:
        """Free what was kept of executions whose result is known."""
        for execution_id in execution_ids:
            waiting = self._waiting.pop(execution_id, None)
            if waiting is not None:
                self._publisher.forget(waiting.voice)

    async def _run(self) -> None:
        pause = Backoff(first=PASS_EVERY_S, longest=PASS_EVERY_S)
        while not self._stopping.is_set():
            await pause.wait(self._stopping)
            try:
                await self._look()
            except Exception as error:
                if not is_outage(error):
                    _log.exception("unconfirmed ends not looked at")

    async def _look(self) -> None:
        """Free what another member of the group heard confirmed; say again what is due."""
        now = time.monotonic()
        asked = [execution_id for execution_id, waiting in self._waiting.items() if now - waiting.since > PASS_EVERY_S]
        if not asked:
            return
        open_ones = await self._runs.unconfirmed(asked)
        self.confirm(execution_id for execution_id in asked if execution_id not in open_ones)
        again = 0
        for execution_id in open_ones:
            waiting = self._waiting.get(execution_id)
            if waiting is None or waiting.next_at > now:
                continue
            self._publisher.say_again(waiting.voice, waiting.voice.said.last)
            waiting.next_at = now + waiting.delay
            waiting.delay = min(waiting.delay * 2, LONGEST_S)
            again += 1
        if again:
            _log.info("unconfirmed ends said again", count=again)
