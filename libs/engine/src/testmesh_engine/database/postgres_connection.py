"""Connections to PostgreSQL: with TLS as their DSN says, never to TestMesh's own database, and types as they are."""

import json
from typing import Any, TypeAlias

import asyncpg

from testmesh_engine.database.dsn import Dsn
from testmesh_engine.database.own_database import refuse_own
from testmesh_engine.database.postgres_dates import read_dates
from testmesh_engine.database.postgres_faults import NO_TLS, explain_connection
from testmesh_engine.database.postgres_values import interval
from testmesh_engine.database.tls import tls_context
from testmesh_sdk import ActionContext

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
FAULTS = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError)


async def connect(dsn: Dsn, context: ActionContext) -> Connection:
    """Open a connection to a database that the execution may ask.

    Raises:
        ActionError: there is none.
    """
    context.activity = f"connecting to {dsn}"
    try:
        return await _open(dsn, context)
    except FAULTS as error:
        raise explain_connection(error, dsn) from error


async def _open(dsn: Dsn, context: ActionContext) -> Connection:
    connection = await (_preferring_tls(dsn) if dsn.tls == "prefer" else _open_with(dsn, dsn.tls != "disable"))
    try:
        await refuse_own(connection, dsn, context)
        await _read_types(connection)
    except BaseException:
        connection.terminate()
        raise
    return connection


async def _preferring_tls(dsn: Dsn) -> Connection:
    """Open a connection with TLS where the server has it and lets the user in by it."""
    try:
        return await _open_with(dsn, is_secure=True)
    except asyncpg.InvalidAuthorizationSpecificationError:
        return await _open_with(dsn, is_secure=False)
    except ConnectionError as error:
        if NO_TLS not in str(error):
            raise
        return await _open_with(dsn, is_secure=False)


async def _open_with(dsn: Dsn, is_secure: bool) -> Connection:
    return await asyncpg.connect(
        host=dsn.host,
        port=dsn.port,
        user=dsn.user,
        password=dsn.password,
        database=dsn.database or dsn.user,
        ssl=tls_context(dsn) if is_secure else "disable",
        statement_cache_size=0,  # a pooler in transaction mode knows no prepared statements of before
        server_settings={"application_name": "testmesh"},
    )


async def _read_types(connection: Connection) -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, encoder=_json, decoder=json.loads, schema="pg_catalog")
    # a month is no number of days: as parts, so that only intervals without months become durations
    await connection.set_type_codec("interval", encoder=tuple, decoder=interval, schema="pg_catalog", format="tuple")
    await connection.set_type_codec("float4", encoder=repr, decoder=float, schema="pg_catalog")  # 1.1 stays 1.1
    await read_dates(connection)


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
