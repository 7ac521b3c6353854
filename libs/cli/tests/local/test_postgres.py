import os
import shutil
import signal
import socket
import stat
import textwrap

import asyncpg
import pytest

from testmesh_cli.local.errors import EmbeddedServerError
from testmesh_cli.local.postgres import EmbeddedPostgres
from testmesh_cli.local.processes import is_running
from testmesh_cli.local.records import read_record, write_record

pytestmark = pytest.mark.integration

START_AND_WAIT_TO_BE_KILLED = textwrap.dedent(
    """
    import signal, sys
    from pathlib import Path
    from testmesh_cli.local.postgres import EmbeddedPostgres
    server = EmbeddedPostgres(Path(sys.argv[1]), fsync=False)
    server.start()
    print(server.pid, server.port, flush=True)
    signal.pause()
    """
)


@pytest.fixture
def postgres(data):
    server = EmbeddedPostgres(data, fsync=False)
    server.start()
    yield server
    server.erase()


async def ask(url, sql):
    connection = await asyncpg.connect(url, timeout=10)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_a_fresh_folder_gives_a_database_whose_owner_may_make_roles_and_schemas(postgres):
    await ask(postgres.url, "create role someone login password 'x'")
    await ask(postgres.url, "create schema things authorization someone")

    assert (await ask(postgres.url, "select current_user || '/' || current_database()")) == "testmesh/testmesh"
    assert (await ask(postgres.url, "show server_encoding")) == "UTF8"


async def test_nobody_comes_in_without_the_password(postgres):
    with pytest.raises(asyncpg.InvalidPasswordError):
        await ask(postgres.url.replace(postgres.password, "guess"), "select 1")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(host=str(postgres.socket_folder), port=postgres.port, user="testmesh", password="guess")


async def test_it_listens_on_the_loopback_alone(postgres):
    assert (await ask(postgres.url, "show listen_addresses")) == "127.0.0.1"


async def test_by_default_a_commit_is_on_the_disk(data):
    server = EmbeddedPostgres(data)
    server.start()
    try:
        assert (await ask(server.url, "show fsync")) == "on"
        assert (await ask(server.url, "show synchronous_commit")) == "on"
    finally:
        server.erase()


async def test_settings_reach_the_server(data):
    server = EmbeddedPostgres(data, fsync=False, settings={"max_connections": "17"})
    server.start()
    try:
        assert (await ask(server.url, "show max_connections")) == "17"
    finally:
        server.erase()


async def test_rows_and_port_outlive_a_stop(postgres):
    await ask(postgres.url, "create table kept as select 42 as answer")
    url = postgres.url
    postgres.stop()
    assert not postgres.running

    again = EmbeddedPostgres(postgres.data, fsync=False)
    again.start()
    try:
        assert (again.url, await ask(url, "select answer from kept")) == (url, 42)
    finally:
        again.stop()


async def test_rows_and_port_outlive_a_kill_in_the_middle_of_work(postgres):
    await ask(postgres.url, "create table kept as select 42 as answer")
    busy = await asyncpg.connect(postgres.url)
    url, pid = postgres.url, postgres.pid

    postgres.kill()
    assert not is_running(pid)
    postgres.start()

    assert postgres.pid != pid
    assert (postgres.url, await ask(url, "select answer from kept")) == (url, 42)
    busy.terminate()


async def test_a_server_whose_parent_was_killed_is_adopted_with_its_rows(data, run_program):
    parent = run_program("-c", START_AND_WAIT_TO_BE_KILLED, data, stdout=-1)
    pid, port = map(int, parent.stdout.readline().split())
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    assert is_running(pid)

    heir = EmbeddedPostgres(data, fsync=False)
    heir.start()

    assert (heir.pid, heir.port) == (pid, port)
    assert (await ask(heir.url, "select 1")) == 1
    heir.erase()
    assert not is_running(pid)


def test_a_leftover_of_which_nothing_is_known_is_ended_and_replaced(data, run_program):
    parent = run_program("-c", START_AND_WAIT_TO_BE_KILLED, data, stdout=-1)
    pid, _ = map(int, parent.stdout.readline().split())
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    record = read_record(data / "postgres.json")
    write_record(data / "postgres.json", {"sockets": record["sockets"]})

    heir = EmbeddedPostgres(data, fsync=False)
    heir.start()

    assert heir.pid != pid
    assert not is_running(pid)
    heir.erase()


async def test_a_lock_file_that_names_a_living_stranger_does_not_keep_it_from_starting(postgres):
    postgres.stop()
    lock = postgres.folder / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{postgres.folder}\n1\n1\n\n127.0.0.1\n")
    shutil.chown(lock, postgres.folder.stat().st_uid, postgres.folder.stat().st_gid)

    postgres.start()

    assert (await ask(postgres.url, "select 1")) == 1


async def test_a_port_that_somebody_took_meanwhile_is_given_up_for_another(postgres):
    port = postgres.port
    postgres.stop()
    with socket.create_server(("127.0.0.1", port)):
        again = EmbeddedPostgres(postgres.data, fsync=False)
        again.start()
        try:
            assert again.port != port
            assert (await ask(again.url, "select 1")) == 1
        finally:
            again.stop()


def test_a_lost_password_is_said_and_not_waited_for(postgres):
    postgres.stop()
    (postgres.data / "secrets.json").unlink()

    again = EmbeddedPostgres(postgres.data, fsync=False)
    with pytest.raises(EmbeddedServerError, match=r"does not take the password of .*secrets\.json"):
        again.start()
    assert not again.running


def test_a_cluster_of_another_version_is_refused_with_both_versions(postgres):
    postgres.stop()
    (postgres.folder / "PG_VERSION").write_text("9\n")

    with pytest.raises(EmbeddedServerError, match="PostgreSQL 9 made it, and here is postgres"):
        EmbeddedPostgres(postgres.data, fsync=False).start()


def test_what_it_says_when_it_cannot_start_is_in_the_error(data):
    server = EmbeddedPostgres(data, fsync=False, settings={"shared_buffers": "nonsense"})

    with pytest.raises(EmbeddedServerError, match="shared_buffers") as failure:
        server.start()

    assert failure.value.code == "embedded_server_failed"
    assert not server.running
    server.erase()


def test_passwords_and_records_are_for_their_owner_alone(postgres):
    for name in ("secrets.json", "postgres.json", "logs/postgres.log"):
        assert stat.S_IMODE((postgres.data / name).stat().st_mode) == 0o600, name
    assert read_record(postgres.data / "postgres.json")["pid"] == postgres.pid


def test_the_database_never_runs_as_root(postgres):
    import psutil

    assert psutil.Process(postgres.pid).uids().effective != 0


def test_a_folder_that_the_databases_user_cannot_enter_stays_closed(tmp_path, is_root):
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    server = EmbeddedPostgres(home / ".local" / "share" / "testmesh", fsync=False)
    server.start()
    elsewhere = server.folder

    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert elsewhere.is_relative_to(home) != is_root
    server.erase()
    assert not elsewhere.exists()
    assert not is_root or not elsewhere.parent.exists()


def test_asked_before_its_start_it_says_so(data):
    with pytest.raises(EmbeddedServerError, match=r"Call start\(\) first"):
        _ = EmbeddedPostgres(data).url
