"""A service's own database: two doors to the same schema.

`transaction()` gives an asyncpg connection, for the busy paths, where a statement carries hundreds of
rows. `session()` gives a SQLModel session, for rows that people change one at a time. jsonb travels as text.
SQLAlchemy is loaded by the first session: a process that opens none starts without it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg
import structlog

from testmesh_chassis.backoff import Backoff
from testmesh_chassis.errors import is_outage

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine
    from sqlmodel.ext.asyncio.session import AsyncSession

Connection = asyncpg.Connection
_log = structlog.get_logger(__name__)


class Database:
    """Connections of one process, bounded in number, with a statement timeout."""

    def __init__(
        self,
        url: str,
        *,
        name: str,
        connections: int = 8,
        statement_timeout_s: float = 30.0,
        statement_cache: int = 256,
    ) -> None:
        self._url = url
        self._name = name
        self._connections = connections
        self._timeout_ms = str(int(statement_timeout_s * 1000))
        self._statement_cache = statement_cache
        self._pool: asyncpg.Pool | None = None
        self._engine: AsyncEngine | None = None

    async def start(self) -> None:
        """Connect, waiting for the database as long as it takes."""
        backoff = Backoff()
        while True:
            try:
                self._pool = await asyncpg.create_pool(
                    self._url,
                    min_size=1,
                    max_size=self._connections,
                    timeout=5,
                    command_timeout=60,
                    statement_cache_size=self._statement_cache,
                    server_settings=self._server_settings(),
                    reset=_leave_as_it_is,
                )
            except Exception as error:
                if not is_outage(error):
                    raise
                _log.warning("database not reached, trying again", error=str(error))
                await backoff.wait()
            else:
                return

    async def stop(self) -> None:
        if self._engine is not None:
            await self._engine.dispose()
        if self._pool is not None:
            self._pool.terminate()

    async def check(self) -> None:
        """Raise where the database does not answer."""
        async with self._acquire(timeout=2) as connection:
            await connection.execute("SELECT 1", timeout=2)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Give a connection for single statements, each its own transaction."""
        async with self._acquire(timeout=10) as connection:
            yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Give a connection in a transaction: committed at the end, rolled back on an error."""
        async with self._acquire(timeout=10) as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def session(self) -> "AsyncIterator[AsyncSession]":
        """Give a SQLModel session in a transaction: committed at the end, rolled back on an error."""
        from sqlmodel.ext.asyncio.session import AsyncSession

        async with AsyncSession(self._sessions(), expire_on_commit=False) as session, session.begin():
            yield session

    def _acquire(self, *, timeout: float) -> Any:
        if self._pool is None:
            raise asyncpg.InterfaceError("the database is not connected yet")
        return self._pool.acquire(timeout=timeout)

    def _sessions(self) -> "AsyncEngine":
        from sqlalchemy import event
        from sqlalchemy.engine import make_url
        from sqlalchemy.ext.asyncio import create_async_engine

        if self._engine is None:
            self._engine = create_async_engine(
                make_url(self._url).set(drivername="postgresql+asyncpg"),
                pool_size=4,
                max_overflow=4,
                connect_args={
                    "server_settings": self._server_settings(),
                    "timeout": 5,
                    "command_timeout": 60,
                    "statement_cache_size": self._statement_cache,
                },
            )
            event.listen(self._engine.sync_engine, "checkout", _refuse_closed)
        return self._engine

    def _server_settings(self) -> dict[str, str]:
        return {
            "application_name": self._name,
            "statement_timeout": self._timeout_ms,
            "idle_in_transaction_session_timeout": "5000",
            "timezone": "UTC",
            "jit": "off",
        }


async def _leave_as_it_is(connection: Connection) -> None:
    """Ask nothing when a connection goes back to the pool (12 % of a query's CPU, measured).

    asyncpg has rolled back what was open by then; we change no session settings, take no session locks and
    do not LISTEN, as none of these survives a transaction pooler.
    """


def _refuse_closed(connection: Any, _record: Any, _proxy: Any) -> None:
    """Have the pool connect anew where the server closed a connection; a question to find out costs a round trip."""
    from sqlalchemy.exc import DisconnectionError

    if connection.driver_connection.is_closed():
        raise DisconnectionError("the connection was closed by the server")
