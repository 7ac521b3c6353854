"""Migrations of one service: its role, its schemas, its tables; one Alembic history a service.

Runs as the owner of the database. The service's own role may use its schemas and change their rows;
it owns nothing, so it runs no DDL.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, pool, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from testmesh_chassis.settings import ServiceSettings

OUTBOX = """
CREATE TABLE {schema}.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key uuid NOT NULL,
    topic text NOT NULL,
    partition int NOT NULL DEFAULT 0,
    type text NOT NULL,
    execution uuid,
    trace text,
    body bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE INDEX outbox_key ON {schema}.outbox (key);
CREATE TABLE {schema}.outbox_said (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    stream text NOT NULL,
    rows bigint[] NOT NULL,
    first_entry text NOT NULL,
    last_entry text NOT NULL,
    times int NOT NULL DEFAULT 1,
    said_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
"""
INBOX = """
CREATE TABLE {schema}.inbox (
    command_id uuid PRIMARY KEY,
    answer jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
"""
FOLDS = """
CREATE TABLE {schema}.folds (
    topic text NOT NULL,
    partition int NOT NULL,
    owner text NOT NULL,
    epoch bigint NOT NULL,
    leased_until timestamptz NOT NULL,
    last_entry text NOT NULL,
    server text,
    PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);
"""


def migrate(settings: ServiceSettings, schemas: Sequence[str], revisions: Path) -> None:
    """Bring the service's schemas to the newest revision, as the owner of the database."""
    owner = settings.migration_database_url
    if owner is None:
        raise SystemExit(
            "TESTMESH_MIGRATION_DATABASE_URL is not set; it names the database's owner, who alone changes tables"
        )
    asyncio.run(_prepare(owner, settings.database_url, schemas))
    asyncio.run(_upgrade(owner, schemas[0], revisions))
    asyncio.run(_grant(owner, settings.database_url, schemas))


async def _prepare(owner: str, service_url: str, schemas: Sequence[str]) -> None:
    url = make_url(service_url)
    role, password = url.username or "", url.password or ""
    connection = await asyncpg.connect(owner)
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('testmesh.roles', 0))")
            await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", _lock(schemas[0]))
            if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
                await connection.execute(f"CREATE ROLE {_name(role)} LOGIN")
            if password:
                await connection.execute(f"ALTER ROLE {_name(role)} PASSWORD {_text(str(password))}")
            await connection.execute(f"ALTER ROLE {_name(role)} SET idle_in_transaction_session_timeout = '5s'")
            for schema in schemas:
                await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_name(schema)}")
                await connection.execute(f"REVOKE ALL ON SCHEMA {_name(schema)} FROM PUBLIC")
    finally:
        await connection.close()


async def _upgrade(owner: str, schema: str, revisions: Path) -> None:
    engine = create_async_engine(make_url(owner).set(drivername="postgresql+asyncpg"), poolclass=pool.NullPool)

    def upgrade(connection: Connection) -> None:
        # Two that migrate the same service at once: the second waits, and finds nothing left to do.
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:lock, 0))"), {"lock": _lock(schema)})
        config = Config()
        config.set_main_option("script_location", str(revisions))
        config.attributes["connection"] = connection
        config.attributes["schema"] = schema
        command.upgrade(config, "head")

    async with engine.begin() as connection:
        await connection.run_sync(upgrade)
    await engine.dispose()


async def _grant(owner: str, service_url: str, schemas: Sequence[str]) -> None:
    role = _name(make_url(service_url).username or "")
    connection = await asyncpg.connect(owner)
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", _lock(schemas[0]))
            for schema in map(_name, schemas):
                await connection.execute(
                    f"GRANT USAGE ON SCHEMA {schema} TO {role};"
                    f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role};"
                    f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {role}"
                )
    finally:
        await connection.close()


def run_environment() -> None:
    """Run revisions on the connection that `migrate` handed over; the body of every `env.py`."""
    from alembic import context

    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        version_table_schema=context.config.attributes["schema"],
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


def _lock(schema: str) -> str:
    return f"migrations of {schema}"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
