"""Telling the house that this runner is here, how busy it is, and that it leaves."""

import asyncio
from datetime import UTC, datetime

import structlog

from testmesh_chassis.backoff import Backoff
from testmesh_chassis.bus import Bus
from testmesh_chassis.errors import is_stream_away
from testmesh_contracts import Message
from testmesh_contracts.runners import RunnerHeartbeat, RunnerJoined, RunnerLeft
from testmesh_contracts.topics import RUNNER_EVENTS
from testmesh_runner.heartbeat import Heartbeat
from testmesh_runner.runners import RunnerCard
from testmesh_runner.slots import Slots

EVERY_S = 5.0

_log = structlog.get_logger(__name__)


class Presence:
    """Says `runners.events`; what is lost with the stream is said again by the next heartbeat."""

    def __init__(self, bus: Bus, card: RunnerCard, slots: Slots, heartbeat: Heartbeat) -> None:
        self._bus = bus
        self._card = card
        self._slots = slots
        self._heartbeat = heartbeat
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        card = self._card
        await self._say(
            RunnerJoined(
                runner_id=card.runner_id,
                hostname=card.hostname,
                version=card.version,
                slots=card.slots,
                actions=list(card.actions),
                labels=dict(card.labels),
                at=datetime.now(UTC),
            )
        )
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        self._stopping.set()
        if self._task is not None:
            await self._task
        await self._say(RunnerLeft(runner_id=self._card.runner_id, reason="drained", at=datetime.now(UTC)))

    async def _run(self) -> None:
        pause = Backoff(first=EVERY_S, longest=EVERY_S)
        while not self._stopping.is_set():
            await self._say(
                RunnerHeartbeat(
                    runner_id=self._card.runner_id,
                    running=len(self._slots),
                    slots=self._card.slots,
                    state="draining" if self._heartbeat.draining else "ready",
                    at=datetime.now(UTC),
                )
            )
            await pause.wait(self._stopping)

    async def _say(self, message: Message) -> None:
        try:
            await self._bus.say(RUNNER_EVENTS, message)
        except Exception as error:
            if not is_stream_away(error):
                raise
            _log.info("presence not said, the stream is away", type=message.type)
