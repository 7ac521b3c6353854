"""PostgreSQL, by asyncpg: parameters go to the server beside the text, and a cancelled statement ends there, too."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import asyncpg
from asyncpg.transaction import Transaction

from testmesh_engine.database.asking import MOST_BYTES, refuse_unreadable, too_large, weight
from testmesh_engine.database.found import Found, Question
from testmesh_engine.database.pool import Driver, Pool
from testmesh_engine.database.postgres_connection import FAULTS, Connection, connect
from testmesh_engine.database.postgres_faults import explain
from testmesh_engine.database.postgres_parameters import parameters
from testmesh_engine.database.postgres_values import plain
from testmesh_engine.database.statement import CHANGES
from testmesh_sdk import ActionContext, ActionError

IDLE_S: Final = 60.0
CANCEL_S: Final = 0.7
"""What a cancelled statement's end on the server may take, before the connection is cut off."""
_FIRST_LOT: Final = 10
_LARGEST_LOT: Final = 1000


async def answer(question: Question, context: ActionContext) -> Found:
    """Carry out a statement.

    Raises:
        ActionError: there is no connection, or the server refuses the statement.
    """
    dsn = question.dsn
    _refuse_a_copy(question)

    async def open_pool() -> Pool[Connection]:
        return Pool(Driver(lambda: connect(dsn, context), _is_alive, _close, asyncpg.Connection.terminate))

    key = ("database", dsn, context.egress, context.on_server)
    async with context.resources.borrow(key, open_pool, Pool.close, idle_s=IDLE_S) as pool, pool.lend(context) as lent:
        context.activity = question.what
        try:
            found = await _carry_out(lent.connection, question)
            if question.statement.leaves_no_trace:
                lent.is_clean = await _is_reset(lent.connection)
        except asyncio.CancelledError:
            with suppress(Exception):
                await lent.connection.close(timeout=CANCEL_S)
            raise
        except FAULTS as error:
            raise explain(error, question) from error
        return found


def _refuse_a_copy(question: Question) -> None:
    """Refuse what sends rows past the result, where no assertion would see them."""
    if question.statement.verb == "copy":
        raise ActionError("TM502", f"{question.what}: its rows are no result; write SELECT, INSERT or a psql script")


async def _is_reset(connection: Connection) -> bool:
    """Make a session as it was; one that cannot be is not lent again, and its statement has been carried out."""
    try:
        await connection.execute("DISCARD ALL")  # also what RESET ALL leaves: a role, temporary tables, sequences
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        return False
    return True


async def _is_alive(connection: Connection) -> bool:
    return not connection.is_closed()


async def _close(connection: Connection) -> None:
    await connection.close(timeout=CANCEL_S)


async def _carry_out(connection: Connection, question: Question) -> Found:
    """Carry out a statement. What reads or changes rows has a transaction in any case: rows come in lots only there."""
    if not question.transaction and not question.statement.leaves_no_trace:
        await _limit(connection, question, "")
        return await _execute(connection, question)
    transaction = connection.transaction()
    await transaction.start()
    try:
        await _limit(connection, question, "LOCAL ")
        found = await _execute(connection, question)
    except Exception:
        await _undo(connection, transaction)
        raise
    await (transaction.rollback() if question.transaction == "rollback" else transaction.commit())
    return found


async def _undo(connection: Connection, transaction: Transaction) -> None:
    """Roll back, where the server is still there; one that is not has done so itself."""
    if not connection.is_closed():
        with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            await transaction.rollback()


async def _limit(connection: Connection, question: Question, scope: str) -> None:
    """Let the server end what takes too long; a bit sooner where it waits for a lock, so that it says so."""
    if question.seconds is not None:
        most = max(2, round(question.seconds * 1000))
        await connection.execute(
            f"SET {scope}statement_timeout = {most}; SET {scope}lock_timeout = {max(1, most * 9 // 10)}"
        )


async def _execute(connection: Connection, question: Question) -> Found:
    prepared = await connection.prepare(question.statement.text)
    values = parameters(prepared.get_parameters(), question)
    attributes = prepared.get_attributes()
    names = [each.name for each in attributes]
    refuse_unreadable(names, 0, question)
    if not attributes:
        await prepared.fetch(*values)
        return Found((), (), _affected(prepared.get_statusmsg()))
    rows = await (_read(prepared, values, question) if connection.is_in_transaction() else prepared.fetch(*values))
    refuse_unreadable(names, len(rows), question)
    kinds = [each.type.name for each in attributes]
    return Found(
        list(zip(names, kinds, strict=True)),
        [[plain(_letter(value, kind)) for value, kind in zip(row.values(), kinds, strict=True)] for row in rows],
        len(rows) if question.statement.verb in CHANGES else None,
    )


async def _read(prepared: Any, values: Sequence[Any], question: Question) -> "list[asyncpg.Record]":
    """Read rows, up to one more than the step takes, in lots that memory has room for.

    Raises:
        ActionError: they are larger than a result may be.
    """
    cursor = await prepared.cursor(*values)
    rows: list[asyncpg.Record] = []
    size, largest, lot = 0, 1, min(_FIRST_LOT, question.max_rows + 1)
    while lot:
        found = await cursor.fetch(lot)
        rows += found
        weights = [weight(list(row)) for row in found]
        size, largest = size + sum(weights), max(largest, *weights, 1)
        if size > MOST_BYTES:
            raise too_large(question)
        is_more = len(found) == lot
        lot = min(_LARGEST_LOT, max(1, MOST_BYTES // largest), question.max_rows + 1 - len(rows)) if is_more else 0
    return rows


def _letter(value: Any, kind: str) -> Any:
    """Return the text of a `"char"`, of which the driver makes bytes whatever codec it is given."""
    return value.decode() if kind == "char" and isinstance(value, bytes) else value


def _affected(status: str | None) -> int | None:
    """Return the number at the end of what the server says, such as `INSERT 0 3`; nothing where there is none."""
    last = (status or "").rpartition(" ")[2]
    return int(last) if last.isdigit() else None
