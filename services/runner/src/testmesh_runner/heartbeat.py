"""The heartbeat: a thread with a loop and a database connection of its own, so that no flow can stop it.

It stops renewing, and ends the process, when the main loop has stood still for a minute or a run is far past
its time: then others take over.
"""

import asyncio
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import structlog

from testmesh_chassis.errors import is_outage
from testmesh_runner import runners
from testmesh_runner.lived_clock import LivedClock
from testmesh_runner.runners import Finding, Pulse, RunnerCard

EVERY_S = 1.0
LOST_AFTER_S = 5.0
IN_TIME_S = 2.5
BEATS_BEFORE_JUDGING = 6
LOOP_STANDS_STILL_S = 60.0
EXIT_STUCK = 70

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Watched:
    """What the thread looks at and whom it tells; `held` and `overdue` are asked from the thread."""

    held: Callable[[], Sequence[tuple[UUID, int]]]
    overdue: Callable[[float], Sequence[UUID]]
    found: Callable[[list[Finding]], None]


class Heartbeat:
    """Keeps this runner's row fresh, and brings back what was decided on its runs."""

    def __init__(self, database_url: str, card: RunnerCard, clock: LivedClock, watched: Watched) -> None:
        self.beats_in_time = 0
        self.draining = False
        self._url = database_url
        self._card = card
        self._clock = clock
        self._watched = watched
        self._last: Pulse | None = None
        self._last_at = float("-inf")
        self._ticked_at = 0.0
        self._stop = threading.Event()
        self._joined = asyncio.Event()
        self._main: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._live, name="heartbeat", daemon=True)

    @property
    def may_judge(self) -> bool:
        """Whether this runner's own clockwork was steady enough to call others lost."""
        return self.beats_in_time >= BEATS_BEFORE_JUDGING

    async def start(self) -> None:
        """Join; returns when the first heartbeat is in the database."""
        self._main = asyncio.get_running_loop()
        self._thread.start()
        await self._joined.wait()

    async def stop(self) -> None:
        """Leave: the row says so, nobody waits for this runner."""
        self._stop.set()
        await asyncio.to_thread(self._thread.join, 10)

    async def check(self) -> None:
        """Raise where the heartbeat is not renewed."""
        age = self._clock.now - self._last_at
        if age > LOST_AFTER_S:
            raise TimeoutError(f"the last heartbeat is {age:.1f} s old")

    def _live(self) -> None:
        asyncio.run(self._beat_until_stopped())

    async def _beat_until_stopped(self) -> None:
        connection: asyncpg.Connection | None = None
        while not self._stop.is_set():
            self._clock.advance()
            self._end_if_stuck()
            try:
                if connection is None or connection.is_closed():
                    connection = await self._connect()
                await self._beat(connection)
            except Exception as error:
                self.beats_in_time = 0
                if not is_outage(error):
                    _log.exception("heartbeat failed")
                if connection is not None:
                    connection.terminate()
                connection = None
            self._stop.wait(EVERY_S)  # the loop of this thread has nothing else to do
        await self._leave(connection)

    async def _connect(self) -> asyncpg.Connection:
        connection = await asyncpg.connect(
            self._url,
            timeout=3,
            command_timeout=3,
            statement_cache_size=0,
            server_settings={"application_name": "testmesh-runner-heartbeat", "timezone": "UTC"},
        )
        await runners.join(connection, self._card)
        return connection

    async def _beat(self, connection: asyncpg.Connection) -> None:
        state = "draining" if self.draining else "ready"
        pulse = await runners.beat(connection, self._card.runner_id, state, self._watched.held())
        if pulse is None:
            await runners.join(connection, self._card)
            return
        late = self._last is None or (pulse.at - self._last.at).total_seconds() > IN_TIME_S
        self.beats_in_time = 0 if late else self.beats_in_time + 1
        self._last, self._last_at = pulse, self._clock.now
        assert self._main is not None
        self._main.call_soon_threadsafe(self._tell, pulse)

    def _tell(self, pulse: Pulse) -> None:
        self._joined.set()
        self._watched.found(pulse.findings)

    def _tick(self) -> None:
        self._ticked_at = self._clock.now

    def _end_if_stuck(self) -> None:
        assert self._main is not None
        self._main.call_soon_threadsafe(self._tick)
        still_s = self._clock.now - self._ticked_at
        overdue = [str(execution_id) for execution_id in self._watched.overdue(self._clock.now)]
        if still_s > LOOP_STANDS_STILL_S or overdue:
            _log.critical("runner stuck, ending the process", loop_stood_still_s=still_s, overdue=overdue)
            os._exit(EXIT_STUCK)

    async def _leave(self, connection: asyncpg.Connection | None) -> None:
        if connection is None:
            return
        try:
            await runners.leave(connection, self._card.runner_id)
            await connection.close(timeout=2)
        except Exception as error:
            if not is_outage(error):
                raise
            _log.info("leave not written, the heartbeat's age says it", error=str(error))
