"""PostgreSQL, by asyncpg: parameters go to the server beside the text, and a cancelled statement ends there, too."""

import asyncio
import json
import ssl
from contextlib import suppress
from typing import Any, Final, TypeAlias

import asyncpg
from asyncpg.transaction import Transaction

from testmesh_engine.database.asking import refuse_excess
from testmesh_engine.database.dsn import Dsn
from testmesh_engine.database.found import Found, Question
from testmesh_engine.database.own_database import refuse_own
from testmesh_engine.database.pool import Driver, Pool
from testmesh_engine.database.postgres_faults import explain, explain_connection
from testmesh_engine.database.postgres_parameters import parameters
from testmesh_engine.database.postgres_values import plain
from testmesh_engine.database.statement import CHANGES
from testmesh_sdk import ActionContext, ActionError

IDLE_S: Final = 60.0
CANCEL_S: Final = 0.7
"""What a cancelled statement's end on the server may take, before the connection is cut off."""
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def answer(question: Question, context: ActionContext) -> Found:
    """Carry out a statement.

    Raises:
        ActionError: there is no connection, or the server refuses the statement.
    """
    dsn = question.dsn
    _refuse_a_copy(question)

    async def open_pool() -> Pool[Connection]:
        return Pool(Driver(lambda: _connect(dsn, context), _is_alive, _close, asyncpg.Connection.terminate))

    key = ("database", dsn, context.egress, context.on_server)
    async with context.resources.borrow(key, open_pool, Pool.close, idle_s=IDLE_S) as pool, pool.lend() as lent:
        context.activity = question.what
        try:
            found = await _carry_out(lent.connection, question)
            if question.statement.leaves_no_trace:
                lent.is_clean = await _is_reset(lent.connection)
        except asyncio.CancelledError:
            with suppress(Exception):
                await lent.connection.close(timeout=CANCEL_S)
            raise
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError) as error:
            raise explain(error, question) from error
        return found


def _refuse_a_copy(question: Question) -> None:
    """Refuse what sends rows past the result, where no assertion would see them."""
    if question.statement.verb == "copy":
        raise ActionError("TM502", f"{question.what}: its rows are no result; write SELECT, INSERT or a psql script")


async def _connect(dsn: Dsn, context: ActionContext) -> Connection:
    context.activity = f"connecting to {dsn}"
    try:
        connection = await asyncpg.connect(
            host=dsn.host,
            port=dsn.port,
            user=dsn.user,
            password=dsn.password,
            database=dsn.database or dsn.user,
            ssl=_tls(dsn),
            statement_cache_size=0,  # a pooler in transaction mode knows no prepared statements of before
            server_settings={"application_name": "testmesh"},
        )
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError) as error:
        raise explain_connection(error, dsn) from error
    try:
        await refuse_own(connection, dsn, context)
        await _read_types(connection)
    except BaseException:
        connection.terminate()
        raise
    return connection


async def _read_types(connection: Connection) -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, encoder=_json, decoder=json.loads, schema="pg_catalog")
    # a month is no number of days: as parts, so that only intervals without months become durations
    await connection.set_type_codec("interval", encoder=tuple, decoder=tuple, schema="pg_catalog", format="tuple")


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


async def _is_reset(connection: Connection) -> bool:
    """Make a session as it was; one that cannot be is not lent again, and its statement has been carried out."""
    try:
        await connection.reset()
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        return False
    return True


def _tls(dsn: Dsn) -> Any:
    if dsn.tls in ("disable", "prefer"):
        return dsn.tls
    context = ssl.create_default_context()
    if dsn.tls != "verify-full":
        context.check_hostname = False
    if dsn.tls == "require":
        context.verify_mode = ssl.CERT_NONE
    return context


async def _is_alive(connection: Connection) -> bool:
    return not connection.is_closed()


async def _close(connection: Connection) -> None:
    await connection.close(timeout=CANCEL_S)


async def _carry_out(connection: Connection, question: Question) -> Found:
    if not question.transaction:
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
    await (transaction.commit() if question.transaction is True else transaction.rollback())
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
    if not attributes:
        await prepared.fetch(*values)
        return Found((), (), _affected(prepared.get_statusmsg()))
    if question.transaction:
        rows = await (await prepared.cursor(*values)).fetch(question.max_rows + 1)
    else:
        rows = await prepared.fetch(*values)
    refuse_excess(len(rows), question)
    return Found(
        [(each.name, each.type.name) for each in attributes],
        [[plain(value) for value in row.values()] for row in rows],
        len(rows) if question.statement.verb in CHANGES else None,
    )


def _affected(status: str | None) -> int | None:
    """Return the number at the end of what the server says, such as `INSERT 0 3`; nothing where there is none."""
    last = (status or "").rpartition(" ")[2]
    return int(last) if last.isdigit() else None
