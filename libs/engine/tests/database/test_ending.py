"""How a statement ends before it is done: cancelled, out of time, in the way of another; and that nothing stays."""

import asyncio
import threading
import time
from urllib.parse import unquote, urlsplit

import asyncpg
import psutil
import pytest
from asyncmy.connection import Connection

pytestmark = pytest.mark.integration
SLOW = {
    "postgresql": "SELECT pg_sleep(30)",
    "mariadb": "SELECT SLEEP(30)",
    "sqlite": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n",
}
ALL = pytest.mark.parametrize("database", list(SLOW), indirect=True)


def slow(dsn):
    return next(query for kind, query in SLOW.items() if dsn.startswith(kind))


async def rows_of(dsn, query):
    """Ask a server by its driver alone."""
    parts = urlsplit(dsn)
    if dsn.startswith("postgresql"):
        connection = await asyncpg.connect(dsn)
        try:
            return await connection.fetch(query)
        finally:
            await connection.close()
    other = Connection(host=parts.hostname, port=parts.port, user=parts.username, password=unquote(parts.password))
    await other.connect()
    try:
        cursor = other.cursor()
        await cursor.execute(query)
        return await cursor.fetchall()
    finally:
        await other.ensure_closed()


async def running(dsn):
    """Return the slow statements that the server works at."""
    if dsn.startswith("sqlite"):
        return [each for each in asyncio.all_tasks() if "in_its_thread" in repr(each)]
    if dsn.startswith("postgresql"):
        return await rows_of(
            dsn, "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'"
        )
    return await rows_of(dsn, "SELECT 1 FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%'")


@ALL
async def test_a_cancelled_statement_ends_within_a_second_here_and_on_the_server(ask, database):
    cancel = asyncio.Event()
    playing = asyncio.create_task(ask(database, slow(database), cancel=cancel))
    async with asyncio.timeout(10):
        while not await running(database):
            await asyncio.sleep(0.02)

    cancelled_at = time.monotonic()
    cancel.set()
    played = await playing

    assert played.outcome.status == "cancelled"
    assert time.monotonic() - cancelled_at < 1.5
    async with asyncio.timeout(1):
        while await running(database):
            await asyncio.sleep(0.02)


@ALL
async def test_a_statement_that_takes_too_long_is_ended_by_the_server(fault_of, database):
    code, message = await fault_of(database, (slow(database), {"timeout": "300ms"}))

    assert code == "TM511", message
    assert "raise timeout" in message
    assert not await running(database)


@ALL
async def test_cancelled_steps_leave_no_connection_thread_task_or_child_behind(ask, database):
    async def cut_off():
        cancel = asyncio.Event()
        playing = asyncio.create_task(ask(database, slow(database), cancel=cancel))
        async with asyncio.timeout(10):
            while not await running(database):
                await asyncio.sleep(0.02)
        cancel.set()
        await playing

    def left():
        me = psutil.Process()
        open_ones = [each for each in me.net_connections("tcp") if each.status == "ESTABLISHED"]
        own = [each for each in threading.enumerate() if not each.name.startswith("asyncio_")]  # the loop's idle ones
        return len(open_ones), len(own), len(asyncio.all_tasks()), len(me.children())

    await cut_off()
    before = left()
    for _ in range(5):
        await cut_off()
    async with asyncio.timeout(2):
        while any(now > then for now, then in zip(left(), before, strict=True)):
            await asyncio.sleep(0.02)


async def test_a_lock_that_another_holds_is_named_as_one_in_postgresql(passes, fault_of, database_url):
    await passes(database_url, "CREATE TABLE held (id int)", "INSERT INTO held VALUES (1)")
    holder = await asyncpg.connect(database_url)
    try:
        await holder.execute("BEGIN; UPDATE held SET id = 2")
        code, message = await fault_of(database_url, ("UPDATE held SET id = 3", {"timeout": "500ms"}))
    finally:
        await holder.close()

    assert code == "TM510", message


async def test_a_lock_that_another_holds_is_named_as_one_in_mariadb(passes, fault_of, mariadb):
    await passes(mariadb, "DROP TABLE IF EXISTS held", "CREATE TABLE held (id int)", "INSERT INTO held VALUES (1)")
    parts = urlsplit(mariadb)
    holder = Connection(host=parts.hostname, port=parts.port, user="tests", password="s3cret/@x", database="shop")
    await holder.connect()
    try:
        await holder.begin()
        await holder.query("UPDATE held SET id = 2")
        code, message = await fault_of(mariadb, ("UPDATE held SET id = 3", {"timeout": "2s"}))
    finally:
        await holder.ensure_closed()

    assert code == "TM510", message
