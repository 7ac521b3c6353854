"""A blocking reader of one stream from a cursor, which notices when another server stands behind the address."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from testmesh_chassis.bus.client import BLOCK_MS, Entries, connect_reader

FIRST = "0-0"


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


async def server_id(client: Redis) -> str:
    """Return the id of this life of the server; another one after each start and fail-over."""
    info: Any = await client.info("server")
    return str(info["run_id"])


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
    _client: Redis | None = field(default=None, repr=False)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    async def read(self, block_ms: int = BLOCK_MS) -> Entries:
        """Return the next entries, or none after `block_ms` or a stop; connection errors are for the caller."""
        if self._stopping.is_set():
            return []
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
        return _entries(found)

    def stop(self) -> None:
        """End the read that waits, and all later ones: they return nothing."""
        self._stopping.set()

    async def _unless_stopped(self, client: Redis, block_ms: int) -> Any:
        """Read, and let go of the read at a stop.

        That is safe for XREAD alone: it changes nothing on the server, the cursor moves only by what is
        returned, and the connection, which is this reader's own, is thrown away with its unread reply.
        """
        reading = asyncio.ensure_future(client.xread({self.stream: self.after}, count=self.count, block=block_ms))
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({reading, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                return reading.result()
        finally:
            reading.cancel()
            stopping.cancel()
            await asyncio.gather(reading, stopping, return_exceptions=True)
        await self.close()
        return []

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


def _entries(found: Any) -> Entries:
    if not found:
        return []
    if isinstance(found, dict):
        return [entry for batch in found.values() for part in batch for entry in part]
    return list(found[0][1])
