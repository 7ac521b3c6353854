"""The pytest plugin: servers once a session, an empty stream server and a database of its own for each test."""

import secrets
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from testmesh_chassis.testing.servers import Servers, running_servers

EMPTY = "template1"


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """A real PostgreSQL and a real Valkey."""
    with running_servers(tmp_path_factory.mktemp("servers")) as running:
        yield running


@pytest_asyncio.fixture
async def redis_url(servers: Servers) -> str:
    """The stream server, emptied."""
    from redis.asyncio import Redis

    client = Redis.from_url(servers.redis_url)
    await client.flushall()
    await client.aclose()
    return servers.redis_url


@pytest.fixture(scope="session")
def database_template() -> str | None:
    """The database that `database_url` copies; a service names one that is migrated (see `template_database`)."""
    return None


@pytest_asyncio.fixture
async def database_url(servers: Servers, database_template: str | None) -> AsyncIterator[str]:
    """A new database, empty or a copy of the template; dropped afterwards."""
    import asyncpg

    name = f"test_{secrets.token_hex(6)}"
    owner = await asyncpg.connect(servers.postgres_url)
    try:
        await owner.execute(f'CREATE DATABASE "{name}" TEMPLATE "{database_template or EMPTY}"')
        base, _, _ = servers.postgres_url.rpartition("/")
        yield f"{base}/{name}"
        await owner.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await owner.close()
