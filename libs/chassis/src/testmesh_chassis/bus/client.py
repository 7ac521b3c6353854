"""Connections to the stream server, and a client for groups that heals what FastStream would die of."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from faststream.redis import RedisBroker
from faststream.redis.configs.state import RedisConnectionState
from hiredis import pack_command
from redis.asyncio import BlockingConnectionPool, Connection, ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ResponseError

from testmesh_chassis.backoff import Backoff
from testmesh_chassis.errors import is_stream_away

BLOCK_MS = 1000
SOCKET_TIMEOUT_S = 5.0
"""Above every BLOCK, so that a blocking read never looks like a dead server."""
CLOSING_PAUSE_S = 0.01

T = TypeVar("T")
Entries = list[tuple[bytes, dict[bytes, bytes]]]


def connect(url: str, *, connections: int = 32) -> Redis:
    """Return a client for commands that do not block, with a bounded pool."""
    return Redis.from_pool(_pool(BlockingConnectionPool, url, max_connections=connections, timeout=5))


def connect_reader(url: str) -> Redis:
    """Return a client for one blocking reader, which owns its connection."""
    return Redis.from_pool(_pool(ConnectionPool, url))


class _PlainConnection(Connection):
    """Packs commands in C, as redis-py's own connections do not; in Python that is 5 % of a flow's CPU time."""

    def pack_command(self, *args: Any) -> list[bytes]:
        name, *rest = args
        return [pack_command((*str(name).split(), *rest))]


def _pool(kind: type[ConnectionPool], url: str, **options: Any) -> Any:
    if url.startswith("redis://"):
        options["connection_class"] = _PlainConnection
    return kind.from_url(
        url,
        socket_timeout=SOCKET_TIMEOUT_S,
        socket_connect_timeout=2.0,
        socket_keepalive=True,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=0,
        **options,
    )


async def send_again_once(send: Callable[[], Awaitable[T]]) -> T:
    """Send what may arrive twice, again where the first found a connection that a dead server had left."""
    try:
        return await send()
    except Exception as error:
        if not is_stream_away(error):
            raise
        return await send()


async def ensure_group(client: Redis, stream: str, group: str) -> bool:
    """Make the group at the stream's first entry, so that nothing said before is missed.

    Returns whether it was missing.
    """
    try:
        await client.xgroup_create(stream, group, id="0", mkstream=True)
    except ResponseError as error:
        if "BUSYGROUP" in str(error):
            return False
        raise
    return True


class GroupClient(Redis):
    """A client whose group reads outlive a lost group, a lost connection and a lost reply.

    After each failure the group is made again at the first entry, and the reader's own pending entries
    come first: those may be entries whose reply was lost on a broken connection.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._pending_from: dict[str, str | None] = {}
        self.closing = False

    async def xreadgroup(  # type: ignore[override]  # options stay redis-py's own
        self, groupname: Any, consumername: Any, streams: Any, **options: Any
    ) -> Any:
        """Read like XREADGROUP with `>`, healing; empty when the client is closing."""
        names = [str(name) for name in streams]
        backoff = Backoff()
        while not self.closing:
            try:
                pending = await self._own_pending(groupname, consumername, names, **options)
                if pending:
                    return pending
                return await super().xreadgroup(groupname, consumername, streams, **options)
            except Exception as error:
                if not is_stream_away(error) and not _group_is_gone(error):
                    raise
                self._pending_from.update(dict.fromkeys(names, "0"))
                await self._heal(groupname, names, error, backoff)
        # FastStream reads again at once until it has seen the stop: without a pause nothing else would run.
        await asyncio.sleep(CLOSING_PAUSE_S)
        return []

    async def xgroup_create(self, name: Any, groupname: Any, *_: Any, mkstream: bool = True, **__: Any) -> Any:
        """Make a group, always at the first entry: FastStream asks for `$`, which would skip entries."""
        return await super().xgroup_create(name, groupname, id="0", mkstream=mkstream)

    async def _own_pending(self, group: str, consumer: str, streams: list[str], **options: Any) -> Any:
        """Page through own entries that were delivered before and not acknowledged, once a connection."""
        alive = []
        for stream in streams:
            start = self._pending_from.setdefault(stream, "0")
            if start is None:
                continue
            once = {**options, "block": None}
            found: Any = await super().xreadgroup(group, consumer, {stream: start}, **once)
            entries = found[0][1] if found else []
            self._pending_from[stream] = entries[-1][0].decode() if entries else None
            trimmed = [entry_id for entry_id, fields in entries if not fields]
            if trimmed:
                await self.xack(stream, group, *trimmed)
            kept = [(entry_id, fields) for entry_id, fields in entries if fields]
            if kept:
                alive.append((stream.encode(), kept))
        return alive

    async def _heal(self, group: str, streams: list[str], error: Exception, backoff: Backoff) -> None:
        """Make lost groups again; wait where that fails too, or where the server is away."""
        try:
            if _group_is_gone(error):
                for stream in streams:
                    await ensure_group(self, stream, group)
                return
        except Exception as failure:
            if not is_stream_away(failure):
                raise
        await backoff.wait()


def _group_is_gone(error: Exception) -> bool:
    text = str(error)
    return isinstance(error, ResponseError) and ("NOGROUP" in text or "UNBLOCKED" in text)


def connect_group(url: str, *, connections: int = 32) -> GroupClient:
    """Return a client for group reads, which closes its connections when it is closed."""
    client = GroupClient(connection_pool=_pool(ConnectionPool, url, max_connections=connections))
    client.auto_close_connection_pool = True
    return client


class _HealingConnection(RedisConnectionState):
    """FastStream's connection, with our client in it."""

    def __init__(self, url: str) -> None:
        super().__init__({})
        self._url = url

    async def connect(self) -> Any:
        self._client = connect_group(self._url, connections=64)
        self._connected = True
        return self._client


class HealingBroker(RedisBroker):
    """FastStream's broker on a client that heals, so that a flushed or absent server stops no subscriber."""

    def __init__(self, url: str) -> None:
        self._healing_url = url
        super().__init__(url, logger=None, apply_types=False)  # type: ignore[arg-type]  # None is FastStream's way to say none

    def _make_connection_state(self, connection_options: Any, kwargs: Any) -> Any:  # noqa: ARG002 - FastStream's hook
        return _HealingConnection(self._healing_url)

    async def stop(self, *failure: Any) -> None:
        """Let a read that waits for an absent server end, then stop as FastStream does."""
        connection = self.config.broker_config.connection
        if connection:
            client: Any = connection.client
            client.closing = True
        await super().stop(*failure)
