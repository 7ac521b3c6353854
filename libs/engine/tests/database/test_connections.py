"""Why there is no connection, in each database's case, and what the message says of it."""

import asyncio
import socket

import asyncpg
import pytest

from testmesh_sdk import OpenEgress

pytestmark = pytest.mark.integration


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def other(dsn, **changed):
    """Return a DSN with another user, password or database."""
    scheme, _, rest = dsn.partition("://")
    who, _, where = rest.rpartition("@")
    user, _, password = who.partition(":")
    host, _, name = where.partition("/")
    found = {"user": user, "password": password, "host": host, "name": name} | changed
    return f"{scheme}://{found['user']}:{found['password']}@{found['host']}/{found['name']}"


@pytest.mark.parametrize("database", ["postgresql", "mariadb"], indirect=True)
@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        ({"password": "hidden-pw"}, "TM504", "look at the user and the password"),
        ({"user": "nobody", "password": "hidden-pw"}, "TM504", "does not let this user in"),
        ({"name": "nowhere"}, "TM505", "nowhere"),
        ({"host": "no-such-host.invalid"}, "TM503", "has no address"),
    ],
)
async def test_a_connection_that_there_is_not_says_why(fault_of, database, changed, code, words):
    if "name" in changed and database.startswith("mariadb"):
        database = other(database, user="root", password="").replace(":@", "@")
    found, message = await fault_of(other(database, **changed), "SELECT 1")

    assert found == code, message
    assert words in message
    assert "hidden" not in message
    assert "s3cret" not in message


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
async def test_a_port_that_nobody_listens_on_is_told(fault_of, scheme):
    for mode in ("", "?sslmode=disable", "?sslmode=require"):
        code, message = await fault_of(f"{scheme}://u:hidden@127.0.0.1:{free_port()}/x{mode}", "SELECT 1")

        assert code == "TM503", message
        assert "is the database running?" in message
        assert "hidden" not in message


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
async def test_what_is_no_database_is_no_connection(fault_of, scheme):
    async def hang_up(reader, writer):
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        code, message = await fault_of(f"{scheme}://u:hidden@127.0.0.1:{port}/x", "SELECT 1")

    assert code in ("TM503", "TM506"), message
    assert "hidden" not in message


@pytest.mark.parametrize("database", ["postgresql", "mariadb"], indirect=True)
async def test_tls_that_the_server_does_not_speak_is_told(fault_of, database):
    code, message = await fault_of(f"{database}?sslmode=require", "SELECT 1")

    assert code == "TM506", message
    assert "sslmode=disable" in message


async def test_tls_is_used_where_the_server_has_it_and_asked_for_where_it_must_be(passes, fault_of, secure_mariadb):
    await passes(secure_mariadb, "SELECT 1 AS a")
    await passes(f"{secure_mariadb}?sslmode=require", "SELECT 1 AS a")

    for mode, words in (("disable", "user"), ("verify-full", "TLS failed")):
        code, message = await fault_of(f"{secure_mariadb}?sslmode={mode}", "SELECT 1")
        assert code in ("TM504", "TM506"), message
        assert words in message


async def test_a_server_that_takes_no_more_connections_is_told(fault_of, database_url):
    owner = await asyncpg.connect(database_url)
    name = database_url.rpartition("/")[2]
    await owner.execute(f"CREATE ROLE few_{name} LOGIN PASSWORD 'pw' CONNECTION LIMIT 0")
    try:
        code, message = await fault_of(other(database_url, user=f"few_{name}", password="pw"), "SELECT 1")
    finally:
        await owner.execute(f"DROP ROLE few_{name}")
        await owner.close()

    assert code == "TM507", message


async def test_executions_share_connections_and_a_broken_one_is_opened_anew(passes, database_url):
    one = OpenEgress()
    await passes(database_url, "SELECT 1", egress=one)
    owner = await asyncpg.connect(database_url)
    try:
        count = "SELECT pid FROM pg_stat_activity WHERE application_name = 'testmesh' AND datname = current_database()"
        assert len(await owner.fetch(count)) == 1
        await passes(database_url, "SELECT 1", egress=one)
        assert len(await owner.fetch(count)) == 1

        await owner.fetch("SELECT pg_terminate_backend(pid) FROM (" + count + ") AS a")
        await asyncio.sleep(0.2)
        await passes(database_url, "SELECT 1", egress=one)
    finally:
        await owner.close()


@pytest.mark.parametrize("database", ["postgresql", "mariadb"], indirect=True)
async def test_what_a_step_sets_for_its_session_is_not_there_for_the_next(passes, database):
    is_postgres = database.startswith("postgres")
    setting = "SET TIME ZONE 'Asia/Tokyo'" if is_postgres else "SET time_zone = '+09:00'"
    asked = "SELECT current_setting('TimeZone') AS z" if is_postgres else "SELECT @@time_zone AS z"

    await passes(database, (setting, {"transaction": False}), (asked, {}, 'first_row.z != "Asia/Tokyo"',
                                                               'first_row.z != "+09:00"'))  # fmt: skip


async def test_testmeshs_own_database_is_refused_on_a_server_alone(passes, fault_of, database_url):
    owner = await asyncpg.connect(database_url)
    await owner.execute("CREATE SCHEMA agents; CREATE TABLE agents.runners (); CREATE TABLE agents.runs ()")
    await owner.close()

    code, message = await fault_of(database_url, "SELECT 1", on_server=True)

    assert code == "TM513", message
    await passes(database_url, "SELECT 1", on_server=False)


async def test_what_a_query_sets_for_its_session_by_a_function_is_not_there_for_the_next(passes, database_url, mariadb):
    for dsn, sets, asked in (
        (database_url, "SELECT set_config('TimeZone', 'Asia/Tokyo', false)", "SELECT current_setting('TimeZone') AS z"),
        (mariadb, "SELECT @z := 'Asia/Tokyo' AS z", "SELECT @z AS z"),
    ):
        await passes(dsn, "SELECT 1", sets, (asked, {}, 'first_row.z != "Asia/Tokyo"'))


async def test_nothing_of_a_session_is_there_for_the_next_statement(passes, fault_of, database_url, mariadb):
    role = f"other_{database_url.rpartition('/')[2]}"
    await passes(
        database_url,
        "CREATE TABLE seen (id int)", "SELECT 99 AS id INTO TEMP seen", ("SELECT * FROM seen", {}, "row_count == 0"),
        f"CREATE ROLE {role}", f"SELECT set_config('role', '{role}', false)",
        ("SELECT current_user AS u", {}, f'first_row.u != "{role}"'), f"DROP ROLE {role}",
        "CREATE SEQUENCE numbers",
    )  # fmt: skip
    assert (await fault_of(database_url, "SELECT nextval('numbers')", "SELECT lastval()"))[0] == "TM518"
    await passes(
        mariadb,
        "DROP TABLE IF EXISTS counted_rows", "CREATE TABLE counted_rows (id INT AUTO_INCREMENT PRIMARY KEY)",
        "DROP FUNCTION IF EXISTS hides", "CREATE FUNCTION hides() RETURNS INT BEGIN SET @hidden = 5; RETURN 1; END",
        "DROP FUNCTION IF EXISTS found", "CREATE FUNCTION found() RETURNS INT RETURN @hidden",
        "SELECT hides() AS h", ("SELECT found() AS f", {}, "first_row.f == nil"),
        "INSERT INTO counted_rows VALUES (NULL)", ("SELECT LAST_INSERT_ID() AS i", {}, "first_row.i == 0"),
        ("SELECT 'ü€😀' AS t, @@autocommit AS c", {}, 'first_row.t == "ü€😀"', "first_row.c == 1"),
    )  # fmt: skip


async def test_a_server_that_refuses_the_first_questions_is_told_as_any_other(fault_of, database_url):
    owner = await asyncpg.connect(database_url)
    name = database_url.rpartition("/")[2]
    await owner.execute(f"CREATE ROLE hasty_{name} LOGIN PASSWORD 'pw'")
    await owner.execute(f"ALTER ROLE hasty_{name} SET default_transaction_deferrable = on")
    await owner.execute(f"ALTER ROLE hasty_{name} SET statement_timeout = '1ms'")
    try:
        code, message = await fault_of(
            other(database_url, user=f"hasty_{name}", password="pw"), "SELECT 1", on_server=True
        )
    finally:
        await owner.execute(f"DROP ROLE hasty_{name}")
        await owner.close()

    assert code == "TM511", message
    assert message.startswith("connecting to ")


async def test_a_certificate_of_the_runner_is_lent_to_no_flow(passes, database_url, monkeypatch, tmp_path):
    monkeypatch.setenv("PGSSLCERT", str(tmp_path / "would-be-read.pem"))

    await passes(database_url, "SELECT 1")


async def test_a_step_that_waits_for_a_connection_says_so(play, ask, database_url):
    cancel = asyncio.Event()
    one = OpenEgress()
    busy = [asyncio.create_task(ask(database_url, "SELECT pg_sleep(30)", cancel=cancel, egress=one)) for _ in range(10)]
    owner = await asyncpg.connect(database_url)
    try:
        async with asyncio.timeout(20):
            while (
                await owner.fetchval("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'") < 10
            ):
                await asyncio.sleep(0.02)
        played = await play(
            f"name: a\nenv: {{db: '{database_url}'}}\nsteps:\n  - id: a\n    action: database_query\n"
            "    timeout: 200ms\n    config: {connection: db, query: SELECT 1}",
            egress=one,
        )
    finally:
        cancel.set()
        await asyncio.gather(*busy)
        await owner.close()

    assert "waits for one of 10 connections" in played["a"].error_message
