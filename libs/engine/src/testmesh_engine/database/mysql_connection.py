"""Connections to MySQL and MariaDB, which read no more than may be kept, and can be made as new."""

import socket
import ssl
from typing import Any, Final

from asyncmy.connection import Connection as DriverConnection
from asyncmy.errors import Error

from testmesh_engine.database.asking import MOST_BYTES
from testmesh_engine.database.dsn import Dsn
from testmesh_engine.database.mysql_faults import explain_connection, has_answered
from testmesh_engine.database.tls import tls_context
from testmesh_sdk import ActionContext

CONNECT_S: Final = 60
FAULTS = (Error, OSError, RuntimeError, ValueError)
_NOT_THERE = (ConnectionRefusedError, socket.gaierror, TimeoutError)
_RESET: Final = 31
"""The command that ends all that a session holds: variables, temporary tables, locks."""
_IN_TRANSACTION: Final = 1
"""The bit of the server's status that says so."""


class LargeAnswerError(Exception):
    """The rows of a statement are larger than a result may be; the connection is closed."""


class Connection(DriverConnection):
    """The driver's, with a bound: it would read all rows, whatever memory there is."""

    server_status: int
    _proto: Any
    _execute_command: Any
    _read_ok_packet: Any
    _read = 0
    _place = 0

    @property
    def is_in_transaction(self) -> bool:
        return bool(self.server_status & _IN_TRANSACTION)

    async def prepare(self, query: str) -> Any:
        """Begin to count what a statement answers."""
        self._read = 0
        return await super().prepare(query)

    async def read_packet(self, *given: Any) -> Any:
        """Read a packet; between two, the driver has taken rows from its buffer without asking.

        Raises:
            LargeAnswerError: they and those before are too large.
        """
        self._read += max(self._proto.pos - self._place, 0)
        if self._read > MOST_BYTES:
            self.close()
            raise LargeAnswerError
        packet = await super().read_packet(*given)
        self._read += len(packet.get_all_data())
        self._place = self._proto.pos
        return packet

    async def reset(self) -> None:
        """Make the session as a new one; its settings are the server's own again."""
        await self._execute_command(_RESET, b"")
        await self._read_ok_packet()


async def connect(dsn: Dsn, context: ActionContext) -> Connection:
    """Open a connection.

    Raises:
        ActionError: there is none.
    """
    context.activity = f"connecting to {dsn}"
    try:
        return await _open(dsn)
    except FAULTS as error:
        raise explain_connection(error, dsn) from error


async def _open(dsn: Dsn) -> Connection:
    """Open a connection; with TLS where the server has it, if the DSN says nothing of it."""
    if dsn.tls == "prefer":
        try:
            return await _open_with(dsn, tls_context(dsn))
        except (Error, OSError) as error:
            if has_answered(error) or isinstance(error.__cause__, _NOT_THERE):
                raise
    return await _open_with(dsn, None if dsn.tls in ("disable", "prefer") else tls_context(dsn))


async def _open_with(dsn: Dsn, tls: ssl.SSLContext | None) -> Connection:
    connection = Connection(
        host=dsn.host,
        port=dsn.port,
        user=dsn.user,
        password=dsn.password,
        database=dsn.database or None,
        charset="utf8mb4",
        ssl=tls,
        autocommit=True,
        connect_timeout=CONNECT_S,
        program_name="testmesh",
    )
    try:
        await connection.connect()
    except BaseException:
        connection.close()
        raise
    return connection


async def kill(dsn: Dsn, number: int) -> None:
    """End what a connection's statement does on the server, from another connection."""
    other = await _open(dsn)
    try:
        await other.query(f"KILL QUERY {int(number)}")
    finally:
        other.close()
