"""A blocking reader of one stream from a cursor, which notices when another server stands behind the address."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from testmesh_chassis.bus.client import BLOCK_MS, Entries, connect_reader
from testmesh_chassis.pace import Pace

FIRST = "0-0"
PAST_ALL = f"{2**63 - 1}-0"
"""Later than any entry; it fits a bigint."""
PIPELINED = 500


def entry_order(entry_id: str) -> tuple[int, int]:
    """Return the key that orders entry ids as the stream does."""
    ms, _, seq = entry_id.partition("-")
    return int(ms), int(seq or 0)


async def last_entry_of(client: Redis, stream: str) -> str:
    """Return the id of the last entry ever added to the stream, `0-0` where there is none."""
    try:
        info: Any = await client.xinfo_stream(stream)
    except ResponseError as error:
        if "no such key" in str(error):
            return FIRST
        raise
    return str(info["last-generated-id"].decode())


async def first_entry_of(client: Redis, stream: str) -> str:
    """Return the id of the first entry that the stream holds; later than any where it holds none."""
    found: Any = await client.xrange(stream, count=1)
    return str(found[0][0].decode()) if found else PAST_ALL


async def held_entries(client: Redis, places: Sequence[tuple[str, str, str]]) -> list[bool]:
    """Tell of each (stream, first, last) whether the stream holds both entries."""
    held: list[bool] = []
    for start in range(0, len(places), PIPELINED):
        pipe = client.pipeline(transaction=False)
        for stream, first, last in places[start : start + PIPELINED]:
            pipe.xrange(stream, first, first)
            pipe.xrange(stream, last, last)
        found: list[Any] = await pipe.execute()
        held += [bool(first and last) for first, last in zip(found[::2], found[1::2], strict=True)]
    return held


async def server_id(client: Redis) -> str:
    """Return the id of this life of the server; another one after each start and fail-over."""
    info: Any = await client.info("server")
    return str(info["run_id"])


async def until_stopped(stopping: asyncio.Event, reading: Awaitable[Any]) -> Any:
    """Return what an XREAD finds, or None at a stop, which lets go of it.

    That is safe for XREAD alone: it changes nothing on the server, and a cursor moves only by what is
    returned. The connection is to be thrown away then, with its unread reply.
    """
    read = asyncio.ensure_future(reading)
    stop = asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait({read, stop}, return_when=asyncio.FIRST_COMPLETED)
        return read.result() if read.done() else None
    finally:
        read.cancel()
        stop.cancel()
        await asyncio.gather(read, stop, return_exceptions=True)


@dataclass
class StreamReader:
    """Reads a stream by plain XREAD on a connection of its own.

    `server` is the life of the server that `after` belongs to. When another one answers, or one whose
    last entry lies below the cursor, reading begins again at the first entry: the reader's owner must
    absorb what it has seen before.
    """

    url: str
    stream: str
    after: str = FIRST
    server: str | None = None
    count: int = 500
    pace: Pace = field(default_factory=lambda: Pace(0.0))
    """How far apart reads are that find something."""
    _client: Redis | None = field(default=None, repr=False)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    async def read(self, block_ms: int = BLOCK_MS) -> Entries:
        """Return the next entries, or none after `block_ms` or a stop; connection errors are for the caller."""
        if self._stopping.is_set():
            return []
        await self.pace.wait()
        if self._client is None:
            self._client = connect_reader(self.url)
            await self._check_server(self._client)
        try:
            found = await self._unless_stopped(self._client, block_ms)
            if not found and not self._stopping.is_set():
                await self._check_position(self._client)
        except Exception:
            await self.close()
            raise
        if found:
            self.pace.begin()
        return entries_by_stream(found).get(self.stream, [])

    def stop(self) -> None:
        """End the read that waits, and all later ones: they return nothing."""
        self._stopping.set()

    async def _unless_stopped(self, client: Redis, block_ms: int) -> Any:
        reading = client.xread({self.stream: self.after}, count=self.count, block=block_ms)
        found = await until_stopped(self._stopping, reading)
        if self._stopping.is_set():
            await self.close()
        return found

    async def close(self) -> None:
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()

    async def _check_server(self, client: Redis) -> None:
        found = await server_id(client)
        if self.server is not None and found != self.server:
            self.after = FIRST
        self.server = found
        await self._check_position(client)

    async def _check_position(self, client: Redis) -> None:
        if entry_order(await last_entry_of(client, self.stream)) < entry_order(self.after):
            self.after = FIRST


def entries_by_stream(found: Any) -> Mapping[str, Entries]:
    """Return what XREAD found, in either shape that redis-py gives it."""
    if not found:
        return {}
    if isinstance(found, dict):
        return {name.decode(): [entry for part in batch for entry in part] for name, batch in found.items()}
    return {name.decode(): entries for name, entries in found}
