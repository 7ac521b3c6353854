"""A schema as a service has it, and a bus on the real stream server."""

from collections.abc import AsyncIterator

import asyncpg
import pytest_asyncio

from testmesh_chassis.database import Database
from testmesh_chassis.migrations import FOLDS, INBOX, OUTBOX


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    owner = await asyncpg.connect(database_url)
    await owner.execute("CREATE SCHEMA house")
    for ddl in (OUTBOX, INBOX, FOLDS):
        await owner.execute(ddl.format(schema="house"))
    await owner.execute("CREATE TABLE house.seen (entry text, execution uuid)")
    await owner.close()
    database = Database(database_url, name="test", connections=6)
    await database.start()
    yield database
    await database.stop()
