"""A database that is migrated once a session, for tests to copy: a copy costs a tenth of a migration."""

import asyncio
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import asyncpg


@contextmanager
def template_database(postgres_url: str, prepare: Callable[[str], None]) -> Iterator[str]:
    """Give the name of a new database that `prepare` was given the owner's URL of; dropped at the end.

    Nobody may stay connected to it: PostgreSQL copies a database that is at rest alone.
    """
    name = f"template_{secrets.token_hex(6)}"
    base, _, _ = postgres_url.rpartition("/")
    asyncio.run(_execute(postgres_url, f'CREATE DATABASE "{name}"'))
    try:
        prepare(f"{base}/{name}")
        yield name
    finally:
        asyncio.run(_execute(postgres_url, f'DROP DATABASE "{name}" WITH (FORCE)'))


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
