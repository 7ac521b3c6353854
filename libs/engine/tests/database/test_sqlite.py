import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest

from testmesh_engine.database.dsn import parse_dsn
from testmesh_engine.database.found import Question
from testmesh_engine.database.sqlite import _Connection
from testmesh_engine.database.statement import read_statement

pytestmark = pytest.mark.integration

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
    stop = threading.Event()
    running = asyncio.create_task(connection.in_its_thread(endless, stop))
    while not connection._busy.locked():
        await asyncio.sleep(0)

    connection.close()
    assert not running.done()
    stop.set()

    with pytest.raises(sqlite3.OperationalError, match="interrupted"):
        await running
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection._connection.execute("SELECT 1")


async def test_a_stopped_statement_stops_none_after_it():
    connection = _Connection(":memory:", may_open_files=True)
    dsn = parse_dsn("sqlite:///:memory:")
    stop = threading.Event()
    stop.set()
    counted = ENDLESS.replace("FROM n)", "FROM n LIMIT 10000)")
    question = Question(dsn, read_statement(counted, None, "sqlite"), transaction=True, max_rows=1, seconds=None)
    try:
        with pytest.raises(sqlite3.OperationalError, match="interrupted"):
            await connection.in_its_thread(question, stop)

        assert (await connection.in_its_thread(question, threading.Event())).rows == [[10_000]]
    finally:
        connection.close()


async def test_endless_statements_take_no_thread_from_others(ask):
    cancel = asyncio.Event()
    many = [asyncio.create_task(ask("sqlite:///:memory:", ENDLESS, cancel=cancel)) for _ in range(40)]
    try:
        async with asyncio.timeout(30):
            while sum("in_its_thread" in repr(task) for task in asyncio.all_tasks()) < len(many):
                await asyncio.sleep(0.01)
            await asyncio.to_thread(bool)
    finally:
        cancel.set()
        await asyncio.gather(*many)


@pytest.mark.parametrize("made", ["CREATE TABLE grown AS", "CREATE TEMP TABLE grown AS"])
async def test_a_database_in_a_servers_memory_does_not_grow_without_end(fault_of, passes, made):
    rows = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {}) SELECT zeroblob(1000000) AS x FROM n"
    )
    memory = "sqlite:///:memory:"

    code, message = await fault_of(memory, f"{made} {rows.format(100)}", local_files=False)

    assert code == "TM518", message
    assert "full" in message
    await passes(memory, f"{made} {rows.format(20)}", local_files=False)


@pytest.mark.parametrize("pragma", ["hard_heap_limit = 100000", "MAX_PAGE_COUNT = 1000000000", "soft_heap_limit = 1"])
async def test_a_flow_moves_no_bound_of_a_server(fault_of, pragma):
    code, message = await fault_of("sqlite:///:memory:", f"PRAGMA {pragma}", local_files=False)

    assert code == "TM515", message


async def test_a_result_that_is_too_long_to_be_recorded_whole_is_judged_whole_and_kept_in_part(play):
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 25000)"
    columns = ", ".join(f"i AS c{number}" for number in range(20))
    played = await play(
        "name: a\nsteps:\n  - id: a\n    action: database_query\n    config:\n      connection: 'sqlite:///:memory:'\n"
        f"      query: {numbers} SELECT {columns} FROM n\n      max_rows: 30000\n"
        "    output: {count: row_count}\n    assert: [row_count == 25000]\n"
    )

    assert played.outcome.status == "passed", played["a"].error_message
    assert "$artifact" in str(played["a"].output)
