"""Several streams heard together by one replica, from a moment in the past on, with word of what it missed.

All streams are read by one command, so that what an entry of one led to in another is never heard before it.
Their places hold over lost connections. What was trimmed before it was heard is told of as missed; after another
server answers (another run id: a restart, a fail-over) all begins again as it does at the start.
"""

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from testmesh_chassis.backoff import Backoff
from testmesh_chassis.bus.client import BLOCK_MS, Entries, connect_reader
from testmesh_chassis.bus.reader import FIRST, entries_by_stream, entry_order, server_id, until_stopped
from testmesh_chassis.errors import ChassisError, is_stream_away
from testmesh_chassis.pace import Pace

COUNT = 500
PACE_S = 0.005
AT_A_TIME = 100
"""Entries heard before others have their turn. One at a time is too few: a busy loop takes long to come round."""
DEAF_S = 10.0
"""Who has read nothing for so long, not even that there is nothing, does not hear."""
STOOD_STILL_S = 5.0
"""Between two reads of a process that runs there are at most a BLOCK and a batch; entries are kept far longer."""
LAST_NUMBER = 10**15
"""Above the numbers of the entries of any one millisecond."""

_log = structlog.get_logger(__name__)


class FeedDeafError(ChassisError):
    """Streams that should be heard are not."""

    code = "feed_deaf"

    def __init__(self) -> None:
        super().__init__(f"the stream server did not answer the live feed's reads for {DEAF_S:g} s; is it away?")


class Listener(Protocol):
    """Takes what a feed hears, without waiting."""

    def hear(self, stream: str, entry_id: str, fields: Mapping[bytes, bytes]) -> None:
        """Take an entry."""
        ...

    def begin(self, stream: str, after: str) -> None:
        """Know that the stream is heard from here on: at the start, and again after each miss."""
        ...


@dataclass(frozen=True, slots=True)
class _Stream:
    """What the server has of a stream."""

    first: str | None
    last: str
    trimmed: bool

    def lacks(self, after: str) -> bool:
        """Whether something after a place may have been trimmed: it is known only where the place is still there."""
        if not self.trimmed or entry_order(self.last) <= entry_order(after):
            return False
        return self.first is None or entry_order(self.first) > entry_order(after)


class Feed:
    """One replica's ear for some streams, from `reach_s` seconds ago on.

    Streams are named in the order in which one thing leads to another: those after a stream with more than
    a batch to hear wait for it.
    """

    def __init__(self, url: str, streams: Sequence[str], listener: Listener, *, reach_s: float) -> None:
        self._url = url
        self._streams = tuple(streams)
        self._listener = listener
        self._reach_s = reach_s
        self._after: dict[str, str] = {}
        self._server: str | None = None
        self._read_at = 0.0
        self._pace = Pace(PACE_S)
        self._client: Redis | None = None
        self._begun = asyncio.Event()
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        self._stopping.set()
        if self._task is not None:
            await self._task

    @property
    def is_hearing(self) -> bool:
        """Whether the streams were read a moment ago."""
        return time.monotonic() - self._read_at < DEAF_S

    async def has_begun(self, within_s: float) -> bool:
        """Wait until all that there was at the start is heard; tell whether it is in time."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._begun.wait(), within_s)
        return self._begun.is_set()

    async def check(self) -> None:
        """Raise where nothing was heard for a while."""
        if not self.is_hearing:
            raise FeedDeafError

    async def _run(self) -> None:
        backoff = Backoff()
        while not self._stopping.is_set():
            try:
                await self._step()
                backoff.reset()
            except Exception as error:
                if not is_stream_away(error):
                    _log.exception("feed not read, trying again")
                elif backoff.tries == 0:
                    _log.warning("feed waits, the stream server is away", error=repr(error))
                await self._close()
                await backoff.wait(self._stopping)
        await self._close()

    async def _step(self) -> None:
        if self._client is None:
            self._client = connect_reader(self._url)
            await self._find_places(self._client)
        await self._pace.wait()
        places: dict[Any, Any] = dict(self._after)
        reading = self._client.xread(places, count=COUNT, block=BLOCK_MS)
        found = entries_by_stream(await until_stopped(self._stopping, reading))
        if time.monotonic() - self._read_at > STOOD_STILL_S:
            await self._find_places(self._client)
        self._read_at = time.monotonic()
        if found:
            self._pace.begin()
        for stream in self._streams:
            entries = found.get(stream)
            if not entries:
                continue
            await self._hand_over(stream, entries)
            if len(entries) == COUNT:
                await self._find_places(self._client)
                return
        self._begun.set()

    async def _hand_over(self, stream: str, entries: Entries) -> None:
        for number, (raw_id, fields) in enumerate(entries, start=1):
            entry_id = self._after[stream] = raw_id.decode()
            try:
                self._listener.hear(stream, entry_id, fields)
            except Exception:
                _log.exception("entry of the feed not taken, it counts as missed", stream=stream, entry_id=entry_id)
                self._begin(stream, entry_id)
            if number % AT_A_TIME == 0:
                await asyncio.sleep(0)

    async def _find_places(self, client: Redis) -> None:
        """Begin in each stream, or see that nothing was lost since it was last read."""
        server = await server_id(client)
        if server != self._server:
            self._server, self._after = server, {}
        seconds, microseconds = await client.time()
        earliest = f"{int(seconds * 1000 + microseconds / 1000 - self._reach_s * 1000)}-0"
        for stream in self._streams:
            there = await _look(client, stream)
            after = self._after.get(stream)
            if after is None:
                self._begin(stream, _oldest_whole(there, earliest))
            elif entry_order(there.last) < entry_order(after):
                _log.warning("feed begins again, the stream server lost what it had", stream=stream)
                self._begin(stream, FIRST)
            elif there.lacks(after):
                _log.warning("feed missed entries, they were trimmed", stream=stream, after=after)
                self._begin(stream, _oldest_whole(there, after))
        self._read_at = time.monotonic()

    def _begin(self, stream: str, after: str) -> None:
        self._after[stream] = after
        self._listener.begin(stream, after)

    async def _close(self) -> None:
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()


async def _look(client: Redis, stream: str) -> _Stream:
    try:
        info: Any = await client.xinfo_stream(stream)
    except ResponseError as error:
        if "no such key" in str(error):
            return _Stream(None, FIRST, trimmed=False)
        raise
    first = info["first-entry"]
    return _Stream(
        first=None if first is None else first[0].decode(),
        last=info["last-generated-id"].decode(),
        trimmed=info["entries-added"] != info["length"],
    )


def _oldest_whole(there: _Stream, earliest: str) -> str:
    """Return the place nearest to `earliest` after which nothing was trimmed; no later than the last entry."""
    if entry_order(there.last) < entry_order(earliest):
        return there.last
    if not there.lacks(earliest):
        return earliest
    if there.first is None:
        return there.last
    ms, number = entry_order(there.first)
    return f"{ms}-{number - 1}" if number else f"{ms - 1}-{LAST_NUMBER}"
