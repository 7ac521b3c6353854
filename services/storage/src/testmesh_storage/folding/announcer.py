"""Says after a commit what the batch led to: results by the relay, the rest straight away.

What is said straight away may be lost with the stream: whoever needs it asks again. Of each thing one
is said a second, however often it is called for.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Hashable

import structlog

from testmesh_chassis.backoff import Backoff
from testmesh_chassis.bus import Bus
from testmesh_chassis.errors import is_outage
from testmesh_chassis.relay import Relay
from testmesh_contracts import Entry, Message, Topic, encode
from testmesh_contracts.executions import ResendEvents, RunRevoked
from testmesh_contracts.topics import CONTROL
from testmesh_storage.folding.completion import Told, ended, fenced, result_row

AT_MOST_EVERY_S = 1.0
REMEMBERED = 20_000
WAITING = 20_000
CHUNK = 500

_log = structlog.get_logger(__name__)


class Announcer:
    """The voice of the folds and the sweeper."""

    def __init__(self, bus: Bus, relay: Relay) -> None:
        self._bus = bus
        self._relay = relay
        self._waiting: deque[tuple[Topic, Entry]] = deque(maxlen=WAITING)
        self._said_at: dict[Hashable, float] = {}
        self._swept_at = -AT_MOST_EVERY_S
        self._woken = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        self._stopping = True
        self._woken.set()
        if self._task is not None:
            await self._task

    def after(self, told: Told) -> Callable[[], None]:
        """Return what to call when the batch has been committed."""
        return lambda: self.announce(told)

    def announce(self, told: Told) -> None:
        """Say what a committed batch led to."""
        if told.rows:
            self._relay.say_soon(told.rows)
        for execution in told.completed:
            ended.labels(execution.status, execution.trigger_type).inc()
        if told.refused:
            fenced.inc(told.refused)
        for execution in told.again.values():
            if self._is_due(execution.id):
                row = result_row(execution)
                self._waiting.append((row.topic, row.entry))
        for execution_id, fence in told.revoked.items():
            if self._is_due((execution_id, "revoked")):
                self._steer(RunRevoked(execution_id=execution_id, fence=fence))
        for (execution_id, run), seq in told.resend.items():
            if self._is_due((execution_id, run)):
                self._steer(ResendEvents(execution_id=execution_id, run=run, from_seq=seq))
        if self._waiting:
            self._woken.set()

    def _steer(self, message: Message) -> None:
        self._waiting.append((CONTROL, encode(CONTROL, message)))

    def _is_due(self, what: Hashable) -> bool:
        moment = time.monotonic()
        if moment - self._said_at.get(what, -AT_MOST_EVERY_S) < AT_MOST_EVERY_S:
            return False
        if len(self._said_at) >= REMEMBERED and moment >= self._swept_at + AT_MOST_EVERY_S:
            self._said_at = {k: at for k, at in self._said_at.items() if moment - at < AT_MOST_EVERY_S}
            self._swept_at = moment
        self._said_at[what] = moment
        return True

    async def _run(self) -> None:
        backoff = Backoff()
        while not self._stopping:
            await self._woken.wait()
            self._woken.clear()
            while self._waiting:
                chunk = [self._waiting.popleft() for _ in range(min(CHUNK, len(self._waiting)))]
                try:
                    await self._say(chunk)
                    backoff.reset()
                except Exception as error:
                    if not is_outage(error):
                        _log.exception("not said", entries=len(chunk))
                    if self._stopping:
                        return
                    await backoff.wait()

    async def _say(self, chunk: list[tuple[Topic, Entry]]) -> None:
        for topic in {topic.name: topic for topic, _ in chunk}.values():
            await self._bus.say_entries(topic.wire, topic, [entry for of, entry in chunk if of is topic])
