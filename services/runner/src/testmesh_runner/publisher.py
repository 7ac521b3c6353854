"""Saying: the events of all runs, packed per run and sent together, kept until they are said.

While the stream is away everything is kept and tried again; nothing is lost while the process lives.
"""

import asyncio
import contextlib
import time
from pathlib import Path
from uuid import UUID

import structlog

from testmesh_chassis.backoff import Backoff
from testmesh_chassis.bus import Bus
from testmesh_chassis.errors import is_stream_away
from testmesh_contracts import Message
from testmesh_contracts.event_json import encode_event
from testmesh_contracts.topics import EVENTS
from testmesh_runner.packing import PACK_BYTES, Pack, Place, pack, sequenced
from testmesh_runner.said import Said
from testmesh_runner.voice import Voice

PACK_S = 0.010
GATHER_S = 0.001
PIPELINE_BYTES = 4 * 1024 * 1024
BACKLOG_BYTES = 32 * 1024 * 1024
KEPT_BYTES = 256 * 1024 * 1024
LOOK_EVERY_S = 2.0
SURELY_KEPT_S = 30.0

_log = structlog.get_logger(__name__)


class Publisher:
    """Says what runs tell, in order, at least once."""

    def __init__(self, bus: Bus, spool: Path) -> None:
        self._bus = bus
        self._spool = spool
        self._voices: dict[UUID, Voice] = {}
        self._due: dict[Voice, float] = {}
        """Who has something to say, and when at the latest; oldest first."""
        self._kept = 0
        self._wake = asyncio.Event()
        self._hurry = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._stopping = asyncio.Event()
        self._last_entry: tuple[str, float] | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def has_room(self) -> bool:
        """Whether more work may be taken on: what is unsaid or unconfirmed is within bounds."""
        return self._kept < KEPT_BYTES and sum(voice.unsaid_bytes for voice in self._due) < BACKLOG_BYTES

    async def start(self) -> None:
        self._tasks = [asyncio.create_task(self._say()), asyncio.create_task(self._watch_stream())]

    async def stop(self) -> None:
        self._stopping.set()
        self._wake.set()
        self._hurry.set()
        await asyncio.gather(*self._tasks)
        for voice in list(self._voices.values()):
            self.forget(voice)

    async def flush(self, within_s: float) -> bool:
        """Wait until all is said; tell whether it was in time."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), within_s)
        return self._idle.is_set()

    def open(self, place: Place, *, first: int = 1) -> Voice:
        """Begin to speak for a run; it replaces an older run of the execution."""
        older = self._voices.get(place.execution_id)
        if older is not None:
            self.forget(older)
        voice = Voice(place, Said(self._spool, first=first), said_seq=first - 1)
        self._voices[place.execution_id] = voice
        return voice

    def find(self, execution_id: UUID) -> Voice | None:
        return self._voices.get(execution_id)

    def tell(self, voice: Voice, event: Message) -> None:
        """Give an event its place in the run; it is said soon."""
        self.tell_encoded(voice, encode_event(event))

    def tell_encoded(self, voice: Voice, event: bytes) -> None:
        if voice.gone:
            return
        voice.said.append(sequenced(voice.next_seq, event))
        self._count(voice)
        self._say_soon(voice)
        if voice.unsaid_bytes >= PACK_BYTES:
            self._say_now(voice)

    def tell_end(self, voice: Voice, event: bytes) -> None:
        """Give the last event its place; nothing is worth waiting for after it."""
        self.tell_encoded(voice, event)
        self._say_now(voice)

    async def until_said(self, voice: Voice) -> None:
        """Say at once what a run has told; return when the stream has it, or nobody hears the run any more."""
        if voice.has_more and not voice.gone:
            voice.all_said = asyncio.get_running_loop().create_future()
            self._say_now(voice)
            await voice.all_said

    def say_again(self, voice: Voice, from_seq: int) -> None:
        """Say the run's events from a seq on once more."""
        voice.said_seq = min(voice.said_seq, max(from_seq, voice.said.first) - 1)
        self._say_soon(voice)

    def forget(self, voice: Voice) -> None:
        """Free what was kept of a run: its result is known, or nobody hears it any more."""
        if self._voices.get(voice.place.execution_id) is voice:
            del self._voices[voice.place.execution_id]
        voice.gone = True
        voice.wake_if_said()
        self._due.pop(voice, None)
        self._kept -= voice.counted
        voice.counted = 0
        voice.said.close()

    def forget_when_said(self, voice: Voice) -> None:
        voice.closing = True
        if not voice.has_more:
            self.forget(voice)

    def _count(self, voice: Voice) -> None:
        self._kept += voice.said.bytes_in_memory - voice.counted
        voice.counted = voice.said.bytes_in_memory

    def _say_soon(self, voice: Voice) -> None:
        if voice.has_more and not voice.gone:
            self._due.setdefault(voice, time.monotonic() + PACK_S)
            self._idle.clear()
            self._wake.set()

    def _say_now(self, voice: Voice) -> None:
        if voice in self._due:
            self._due[voice] = 0.0
            self._hurry.set()

    async def _say(self) -> None:
        backoff = Backoff()
        while True:
            await self._wake.wait()
            if self._stopping.is_set():
                return
            await self._wait_for_pack()
            try:
                await self._say_due()
                backoff.reset()
            except Exception as error:
                if not is_stream_away(error):
                    _log.exception("events not said, trying again")
                await backoff.wait(self._stopping)
            if not self._due:
                self._wake.clear()
                self._idle.set()

    async def _wait_for_pack(self) -> None:
        """Wait until the oldest unsaid event is 10 ms old, or a run has ended or has a full pack."""
        remaining = next(iter(self._due.values()), 0.0) - time.monotonic()
        if remaining > 0 and not self._hurry.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), remaining)
        if self._hurry.is_set():
            await asyncio.sleep(GATHER_S)  # ends are written many at once: those of one moment go together
        self._hurry.clear()

    async def _say_due(self) -> None:
        """Say one pack or more of every run whose time has come, in pipelines of bounded size."""
        now = time.monotonic() + PACK_S / 2  # what is nearly due goes along: fewer commands, and nobody is later
        batch: list[tuple[Voice, Pack]] = []
        size = 0
        for voice, due_at in list(self._due.items()):
            if voice.gone or due_at > now:
                continue
            lines = list(voice.said.read(voice.said_seq, PIPELINE_BYTES))
            packs = list(pack(voice.place, voice.said_seq + 1, lines))
            batch += [(voice, each) for each in packs]
            size += sum(len(line) for line in lines)
            if size >= PIPELINE_BYTES:
                await self._send(batch)
                batch, size = [], 0
        if batch:
            await self._send(batch)

    async def _send(self, batch: list[tuple[Voice, Pack]]) -> None:
        ids = await self._bus.say_entries(EVENTS.wire, EVENTS, [each.entry for _, each in batch])
        self._last_entry = (ids[-1], time.monotonic())
        for voice, each in batch:
            if voice.said_seq == each.first - 1:
                voice.said_seq = each.last
        for voice in dict.fromkeys(voice for voice, _ in batch):
            self._due.pop(voice, None)
            voice.wake_if_said()
            if voice.has_more:
                self._say_soon(voice)
            elif voice.closing:
                self.forget(voice)

    async def _watch_stream(self) -> None:
        """Notice a stream that lost what was said a moment ago (flushed, another server), and say all again."""
        pause = Backoff(first=LOOK_EVERY_S, longest=LOOK_EVERY_S)
        while not self._stopping.is_set():
            await pause.wait(self._stopping)
            try:
                lost = await self._lost_last_entry()
            except Exception as error:
                if not is_stream_away(error):
                    _log.exception("events' stream not looked at")
                continue
            if lost:
                _log.warning("the stream lost events, saying those of open executions again", count=len(self._voices))
                self._last_entry = None
                for voice in list(self._voices.values()):
                    self.say_again(voice, 1)

    async def _lost_last_entry(self) -> bool:
        if self._last_entry is None:
            return False
        entry_id, said_at = self._last_entry
        if time.monotonic() - said_at > SURELY_KEPT_S:
            return False
        found = await self._bus.client.xrange(EVENTS.wire, entry_id, entry_id)
        return not found and self._last_entry is not None and self._last_entry[0] == entry_id
