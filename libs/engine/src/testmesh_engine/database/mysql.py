"""MySQL and MariaDB, by asyncmy: prepared on the server, so that parameters are never a part of the text."""

import asyncio
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from asyncmy.connection import Connection
from asyncmy.errors import Error

from testmesh_engine.database.asking import refuse_excess
from testmesh_engine.database.dsn import Dsn
from testmesh_engine.database.found import Found, Question
from testmesh_engine.database.mysql_faults import CANNOT_PREPARE, explain, explain_connection, has_answered
from testmesh_engine.database.mysql_values import column_type, given, plain
from testmesh_engine.database.pool import Driver, Pool
from testmesh_engine.database.statement import READS
from testmesh_sdk import ActionContext, ActionError

IDLE_S: Final = 60.0
CONNECT_S: Final = 60
CANCEL_S: Final = 0.7
"""What it may take to tell the server that a statement is cancelled."""
_LEAVE_TRACES = ("@", "get_lock", "sql_calc_found_rows")
_Description = Sequence[Sequence[Any]] | None
_Rows = Sequence[Sequence[Any]] | None
_COMMIT_AT_ONCE = frozenset(("create", "drop", "alter", "truncate", "rename", "grant", "revoke", "analyze", "optimize"))
_NOT_THERE = (ConnectionRefusedError, socket.gaierror, TimeoutError)
_FAULTS = (Error, OSError, RuntimeError, ValueError)


async def answer(question: Question, context: ActionContext) -> Found:
    """Carry out a statement.

    Raises:
        ActionError: there is no connection, or the server refuses the statement.
    """
    dsn = question.dsn
    _refuse_what_cannot_be_undone(question)

    async def open_pool() -> Pool[Connection]:
        return Pool(Driver(lambda: _connect(dsn, context), _is_alive, Connection.ensure_closed, Connection.close))

    key = ("database", dsn, context.egress, context.on_server)
    async with context.resources.borrow(key, open_pool, Pool.close, idle_s=IDLE_S) as pool, pool.lend() as lent:
        context.activity = question.what
        number = lent.connection.thread_id()
        try:
            found = await _carry_out(lent.connection, question)
        except asyncio.CancelledError:
            with suppress(Exception):
                async with asyncio.timeout(CANCEL_S):
                    await _kill(dsn, number)
            raise
        except _FAULTS as error:
            raise explain(error, question) from error
        lent.is_clean = _leaves_no_trace(question)
        return found


def _refuse_what_cannot_be_undone(question: Question) -> None:
    verb = question.statement.verb
    if question.transaction == "rollback" and verb in _COMMIT_AT_ONCE:
        message = f"MySQL and MariaDB commit {verb.upper()} at once and cannot undo it; take transaction: rollback out"
        raise ActionError("TM502", f"{question.what}: {message}")


def _leaves_no_trace(question: Question) -> bool:
    text = question.statement.text.lower()
    return question.statement.leaves_no_trace and not any(mark in text for mark in _LEAVE_TRACES)


async def _connect(dsn: Dsn, context: ActionContext) -> Connection:
    context.activity = f"connecting to {dsn}"
    try:
        return await _open(dsn)
    except _FAULTS as error:
        raise explain_connection(error, dsn) from error


async def _open(dsn: Dsn) -> Connection:
    """Open a connection; with TLS where the server has it, if the DSN says nothing of it."""
    if dsn.tls == "prefer":
        try:
            return await _open_with(dsn, _tls(dsn))
        except (Error, OSError) as error:
            if has_answered(error) or isinstance(error.__cause__, _NOT_THERE):
                raise
    return await _open_with(dsn, None if dsn.tls in ("disable", "prefer") else _tls(dsn))


def _tls(dsn: Dsn) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = dsn.tls == "verify-full"
    if dsn.tls in ("prefer", "require"):
        context.verify_mode = ssl.CERT_NONE
    return context


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


async def _kill(dsn: Dsn, number: int) -> None:
    """End what a connection's statement does on the server, from another connection."""
    other = await _open(dsn)
    try:
        await other.query(f"KILL QUERY {int(number)}")
    finally:
        other.close()


async def _is_alive(connection: Connection) -> bool:
    try:
        await connection.ping(reconnect=False)
    except _FAULTS:
        return False
    return True


async def _carry_out(connection: Connection, question: Question) -> Found:
    await connection.query(_limits(connection, question))
    if not question.transaction:
        return await _execute(connection, question)
    await connection.begin()
    try:
        found = await _execute(connection, question)
    except Exception:
        with suppress(*_FAULTS):  # a server that is gone has undone it itself
            await connection.rollback()
        raise
    await (connection.commit() if question.transaction is True else connection.rollback())
    return found


def _limits(connection: Connection, question: Question) -> str:
    """Return what lets the server end what takes too long, and send no more rows than are read."""
    seconds = question.seconds or 0.0
    lock = max(1, min(int(seconds * 0.9), 1_000_000)) if seconds else 50
    if "mariadb" in str(connection.get_server_info()).lower():
        most = f"max_statement_time = {seconds:.3f}"
    else:
        most = f"max_execution_time = {round(seconds * 1000)}"
    rows = question.max_rows + 1
    return (
        f"SET SESSION {most}, innodb_lock_wait_timeout = {lock}, lock_wait_timeout = {lock}, sql_select_limit = {rows}"
    )


async def _execute(connection: Connection, question: Question) -> Found:
    try:
        prepared = await connection.prepare(question.statement.text)
    except Error as error:
        if error.args[:1] != (CANNOT_PREPARE,) or question.statement.values:
            raise
        return await _execute_text(connection, question)
    try:
        result = await prepared.execute(given(prepared.parameter_count, question))
        return _found(result.description, result.rows, result.affected_rows, question)
    finally:
        if connection.connected:
            await prepared.close()


async def _execute_text(connection: Connection, question: Question) -> Found:
    """Carry out one of the statements that no server prepares."""
    cursor = connection.cursor()
    affected = await cursor.execute(question.statement.text)
    rows = await cursor.fetchall() if cursor.description else ()
    return _found(cursor.description, rows, affected, question)


def _found(description: _Description, rows: _Rows, affected: int, question: Question) -> Found:
    if not description:
        return Found((), (), affected)
    rows = rows or ()
    refuse_excess(len(rows), question)
    codes = [column[1] for column in description]
    return Found(
        [(column[0], column_type(column[1])) for column in description],
        [[plain(value, code) for value, code in zip(row, codes, strict=True)] for row in rows],
        None if question.statement.verb in READS else len(rows),
    )
