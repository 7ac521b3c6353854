"""Migrations of several services, and of one service by several processes, at the same time."""

import asyncio
import os
import secrets
import sys
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.engine import make_url

pytestmark = pytest.mark.integration

REVISION = """
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.execute("SELECT pg_sleep(0.2)")
    op.execute("CREATE TABLE {schema}.things (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)")
"""
MIGRATE = """
import sys
from pathlib import Path
from typing import ClassVar
from testmesh_chassis.migrations import migrate
from testmesh_chassis.settings import ServiceSettings

class Settings(ServiceSettings):
    service: ClassVar = "storage"

owner, own, schema, revisions = sys.argv[1:]
settings = Settings(migration_database_url=owner, database_url=own)
migrate(settings, [schema], Path(revisions))
"""


def revisions_of(schema: str, folder: Path) -> Path:
    versions = folder / schema / "versions"
    versions.mkdir(parents=True)
    (versions.parent / "env.py").write_text(
        "from testmesh_chassis.migrations import run_environment\n\nrun_environment()\n"
    )
    (versions / "0001_first.py").write_text(REVISION.format(schema=schema))
    return versions.parent


async def migrated(owner: str, role: str, schema: str, revisions: Path) -> tuple[int | None, str]:
    own = make_url(owner).set(username=role, password="of-a-test").render_as_string(hide_password=False)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", MIGRATE, owner, own, schema, str(revisions)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=dict(os.environ),
    )
    words, _ = await process.communicate()
    return process.returncode, words.decode()


async def test_services_migrate_at_the_same_time_and_each_of_them_twice(database_url, tmp_path):
    schemas = ("left", "right")
    roles = {schema: f"{schema}_{secrets.token_hex(4)}" for schema in schemas}
    revisions = {schema: revisions_of(f"house_{schema}", tmp_path) for schema in schemas}

    ends = await asyncio.gather(
        *(migrated(database_url, roles[schema], f"house_{schema}", revisions[schema]) for schema in schemas * 2)
    )

    assert [code for code, _ in ends] == [0, 0, 0, 0], "\n".join(words for _, words in ends)
    for schema in schemas:
        own = make_url(database_url).set(username=roles[schema], password="of-a-test")
        connection = await asyncpg.connect(own.render_as_string(hide_password=False))
        await connection.execute(f"INSERT INTO house_{schema}.things DEFAULT VALUES")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f"CREATE TABLE house_{schema}.more (id int)")
        await connection.close()
