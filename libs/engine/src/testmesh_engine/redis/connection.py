"""Connections to a Redis, shared by executions: each is used by one command at a time, and lent again as it was."""

import math
import ssl
from contextlib import suppress
from typing import Any

from redis.asyncio import Connection, SSLConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from testmesh_engine.database.pool import Driver, Pool
from testmesh_engine.redis.faults import explain_connection
from testmesh_engine.redis.own_redis import refuse_own
from testmesh_engine.redis.place import Place
from testmesh_sdk import ActionContext

IDLE_S = 60.0
_CONNECT_S = 10.0
"""What a server may take to answer; one without TLS says nothing at all to what begins with it."""


class Link:
    """One connection; replies are bytes and what the protocol has types for."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def ask(self, *words: Any) -> Any:
        """Send a command and return its reply."""
        await self._connection.send_command(*words, check_health=False)
        return await self._connection.read_response(timeout=math.inf)

    @property
    def is_open(self) -> bool:
        return bool(self._connection.is_connected)

    async def is_quiet(self) -> bool:
        """Return whether the server has neither said anything unasked nor closed the connection."""
        if not self.is_open:
            return False
        try:
            return not await self._connection.can_read()
        except (RedisError, OSError):
            return False

    async def close(self) -> None:
        with suppress(RedisError, OSError):
            await self._connection.disconnect()

    def discard(self) -> None:
        """Cut the connection off at once."""
        writer = self._connection._writer
        if writer is not None:
            writer.transport.abort()
            self._connection._close()


def open_pool(place: Place, context: ActionContext) -> Pool[Link]:
    async def connect() -> Link:
        return await _connect(place, context)

    return Pool(Driver(connect, Link.is_quiet, Link.close, Link.discard))


async def _connect(place: Place, context: ActionContext) -> Link:
    context.activity = f"connecting to {place}"
    options: dict[str, Any] = {
        "host": place.host,
        "port": place.port,
        "db": place.db,
        "username": place.username,
        "password": place.password,
        "protocol": 3,
        "socket_timeout": None,  # the step has a time of its own
        "socket_connect_timeout": _CONNECT_S,
        "retry": Retry(NoBackoff(), 0),
        "driver_info": None,  # a user may not be allowed to say who it is
        "decode_responses": False,
    }
    if place.tls:
        checks = {"ssl_cert_reqs": "required", "ssl_check_hostname": True}
        options |= checks if place.verify_tls else {"ssl_cert_reqs": ssl.CERT_NONE, "ssl_check_hostname": False}
    connection: Any = SSLConnection(**options) if place.tls else Connection(**options)
    link = Link(connection)
    try:
        await connection.connect()
        await refuse_own(link, place, context)
    except (RedisError, OSError) as error:
        link.discard()
        raise explain_connection(error, place) from error
    except BaseException:
        link.discard()
        raise
    return link
