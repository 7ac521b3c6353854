import asyncio
import sqlite3
from pathlib import Path

import pytest

from testmesh_engine.database.dsn import parse_dsn
from testmesh_engine.database.found import Question
from testmesh_engine.database.sqlite import _Connection
from testmesh_engine.database.statement import read_statement

ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
EXAMPLE = Path(__file__).parents[4] / "examples" / "database" / "stock.yaml"


async def test_a_database_in_memory_lives_as_long_as_its_execution(passes, fault_of):
    memory = "sqlite:///:memory:"
    await passes(memory, "CREATE TABLE kept (id INTEGER)", "SELECT * FROM kept")

    code, _ = await fault_of(memory, "SELECT * FROM kept")

    assert code == "TM509"


async def test_a_file_is_kept_and_closed(passes, tmp_path):
    path = tmp_path / "shop.sqlite3"
    await passes(f"sqlite:///{path}", "CREATE TABLE kept (id INTEGER)", "INSERT INTO kept VALUES (7)")

    connection = sqlite3.connect(path)
    assert connection.execute("SELECT id FROM kept").fetchall() == [(7,)]
    connection.close()


async def test_a_file_of_a_server_is_opened_only_where_that_is_allowed(passes, fault_of, tmp_path):
    file = f"sqlite:///{tmp_path}/a.sqlite3"

    code, message = await fault_of(file, "SELECT 1", local_files=False)

    assert code == "TM514", message
    assert "TESTMESH_RUNNER_LOCAL_FILES" in message
    assert not (tmp_path / "a.sqlite3").exists()
    await passes(file, "SELECT 1")


@pytest.mark.parametrize("query", ["ATTACH DATABASE '{}' AS other", "VACUUM INTO '{}'"])
async def test_a_database_in_memory_is_no_way_to_a_servers_files(fault_of, tmp_path, query):
    path = tmp_path / "reached"

    code, message = await fault_of(
        "sqlite:///:memory:", (query.format(path), {"transaction": False}), local_files=False
    )

    assert code == "TM515", message
    assert not path.exists()


async def test_a_file_that_another_locks_is_named_as_locked(fault_of, tmp_path):
    path = tmp_path / "a.sqlite3"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("CREATE TABLE held (id INTEGER)")
    holder.execute("BEGIN EXCLUSIVE")
    try:
        code, message = await fault_of(f"sqlite:///{path}", ("INSERT INTO held VALUES (1)", {"timeout": "200ms"}))
    finally:
        holder.close()

    assert code == "TM510", message


@pytest.mark.parametrize("path", ["no/such/folder/a.sqlite3", "text.txt"])
async def test_what_is_no_database_file_is_told(fault_of, tmp_path, path):
    (tmp_path / "text.txt").write_text("not a database, and longer than the header of one is, by far, as it has to be")

    code, message = await fault_of(f"sqlite:///{tmp_path}/{path}", "SELECT * FROM sqlite_master")

    assert code == "TM503", message


async def test_a_password_of_a_connection_is_in_nothing_that_is_recorded(play):
    dsn = "postgresql://tests:hidden-pw@127.0.0.1:1/shop"
    played = await play(
        f"name: a\nsteps:\n  - {{id: a, action: database_query, config: {{connection: '{dsn}', query: SELECT 1}}}}"
    )

    assert played["a"].input["connection"] == "postgresql://tests:***@127.0.0.1:1/shop"
    assert "hidden-pw" not in played.said


async def test_the_example_passes(play):
    played = await play(EXAMPLE.read_text())

    assert played.outcome.status == "passed", played.said


async def test_a_connection_is_closed_only_when_its_statement_has_ended():
    connection = _Connection(":memory:", may_open_files=True)
    dsn = parse_dsn("sqlite:///:memory:")
    endless = Question(dsn, read_statement(ENDLESS, None, "sqlite"), transaction=True, max_rows=1, seconds=None)
    running = asyncio.create_task(asyncio.to_thread(connection.carry_out, endless))
    while not connection._busy.locked():
        await asyncio.sleep(0)

    connection.close()
    assert not running.done()
    connection.stop.set()

    with pytest.raises(sqlite3.OperationalError, match="interrupted"):
        await running
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection._connection.execute("SELECT 1")
