"""MySQL and MariaDB, by asyncmy: prepared on the server, so that parameters are never a part of the text."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from asyncmy.errors import Error

from testmesh_engine.database.asking import refuse_unreadable, too_large
from testmesh_engine.database.found import Found, Question
from testmesh_engine.database.mysql_connection import FAULTS, Connection, LargeAnswerError, connect, kill
from testmesh_engine.database.mysql_faults import CANNOT_PREPARE, explain
from testmesh_engine.database.mysql_values import column_type, given, plain
from testmesh_engine.database.pool import Driver, Pool
from testmesh_engine.database.statement import READS
from testmesh_sdk import ActionContext, ActionError

IDLE_S: Final = 60.0
CANCEL_S: Final = 0.7
"""What it may take to tell the server that a statement is cancelled."""
_NOT_UNDONE = 1196
_Description = Sequence[Sequence[Any]] | None
_Rows = Sequence[Sequence[Any]] | None
_COMMIT_AT_ONCE = frozenset(("create", "drop", "alter", "truncate", "rename", "grant", "revoke", "analyze", "optimize"))


async def answer(question: Question, context: ActionContext) -> Found:
    """Carry out a statement.

    Raises:
        ActionError: there is no connection, or the server refuses the statement.
    """
    dsn = question.dsn
    _refuse_what_cannot_be_undone(question)

    async def open_pool() -> Pool[Connection]:
        return Pool(Driver(lambda: connect(dsn, context), _is_alive, Connection.ensure_closed, Connection.close))

    key = ("database", dsn, context.egress, context.on_server)
    async with context.resources.borrow(key, open_pool, Pool.close, idle_s=IDLE_S) as pool, pool.lend(context) as lent:
        context.activity = question.what
        number = lent.connection.thread_id()
        try:
            found = await _carry_out(lent.connection, question)
        except asyncio.CancelledError:
            with suppress(Exception):
                async with asyncio.timeout(CANCEL_S):
                    await kill(dsn, number)
            raise
        except LargeAnswerError as error:
            raise too_large(question) from error
        except FAULTS as error:
            raise explain(error, question) from error
        if question.statement.leaves_no_trace:
            lent.is_clean = await _is_reset(lent.connection)
        return found


def _refuse_what_cannot_be_undone(question: Question) -> None:
    verb = question.statement.verb
    if question.transaction == "rollback" and verb in _COMMIT_AT_ONCE:
        message = f"MySQL and MariaDB commit {verb.upper()} at once and cannot undo it; take transaction: rollback out"
        raise ActionError("TM502", f"{question.what}: {message}")


async def _is_reset(connection: Connection) -> bool:
    """Make a session as it was; one that cannot be is not lent again, and its statement has been carried out."""
    try:
        await connection.reset()
    except FAULTS:
        return False
    return True


async def _is_alive(connection: Connection) -> bool:
    try:
        await connection.ping(reconnect=False)
    except FAULTS:
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
        with suppress(*FAULTS):  # a server that is gone has undone it itself
            await _undo(connection, question)
        raise
    if question.transaction is True:
        await connection.commit()
    elif connection.is_in_transaction:
        await _undo(connection, question)
    else:
        raise _not_undone(question, "it ended its transaction itself, as a procedure with COMMIT does")
    return found


async def _undo(connection: Connection, question: Question) -> None:
    """Roll back.

    Raises:
        ActionError: the server could not undo all of it.
    """
    await connection.rollback()
    for _, number, said in await connection.show_warnings() or ():
        if number == _NOT_UNDONE:
            raise _not_undone(question, said)


def _not_undone(question: Question, why: str) -> ActionError:
    message = f"what it did could not be undone: {why}; use tables of InnoDB, or clean up in the flow's teardown"
    return ActionError("TM520", f"{question.what}: {message}")


def _limits(connection: Connection, question: Question) -> str:
    """Return what lets the server end what takes too long, in a session that may have been reset.

    No limit of rows: MariaDB would hold the loops of functions and triggers to it, too.
    """
    seconds = question.seconds or 0.0
    lock = max(1, min(int(seconds * 0.9), 1_000_000)) if seconds else 50
    if "mariadb" in str(connection.get_server_info()).lower():
        most = f"max_statement_time = {seconds:.3f}"
    else:
        most = f"max_execution_time = {round(seconds * 1000)}"
    return (
        f"SET NAMES utf8mb4, SESSION autocommit = 1, SESSION {most}, "
        f"SESSION innodb_lock_wait_timeout = {lock}, SESSION lock_wait_timeout = {lock}"
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
    refuse_unreadable([column[0] for column in description], len(rows), question)
    codes = [column[1] for column in description]
    return Found(
        [(column[0], column_type(column[1])) for column in description],
        [[plain(value, code) for value, code in zip(row, codes, strict=True)] for row in rows],
        None if question.statement.verb in READS else len(rows),
    )
