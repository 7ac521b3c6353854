import json
import os
import re
import signal
import socket
import stat
import subprocess

import asyncpg
import pytest
import redis

from testmesh_cli.local.placement import recorded_place
from testmesh_cli.local.ports import free_port
from testmesh_cli.local.processes import is_running, processes_in
from testmesh_cli.local.readiness import http_status

pytestmark = pytest.mark.integration


@pytest.fixture
def serve(run_program, here, data, until):
    """Starts a server with stand-ins for services; with `up`, waits until it is up and gives its server.json."""
    servers = []

    def start(up=True, **told):
        told = {"data": str(data), **told}
        process = run_program(
            here / "serve_stand_ins.py", json.dumps(told), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        servers.append(process)
        if not up:
            return process
        line = process.stdout.readline()
        assert line.startswith("TestMesh: "), (line, process.stderr.read() if process.poll() is not None else "")
        process.address = line + process.stdout.readline()
        return process

    yield start
    for process in servers:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
    end_databases(data)


def end_databases(data):
    """Those that a killed server left, of this test's folder alone."""
    for name, program in (("postgres", "postgres"), ("valkey", "valkey-server")):
        for process in processes_in(recorded_place(data) / name, program)[:1]:
            process.kill()


def read(data):
    return json.loads((data / "server.json").read_text())


def all_pids(facts):
    return [pid for pids in facts["pids"].values() for pid in pids]


async def test_a_running_server_says_in_one_file_all_that_scripts_need(serve, data):
    serve()
    facts = read(data)

    assert set(facts) == {"url", "api_key", "postgres_url", "redis_url", "pids", "health"}
    assert facts["api_key"] is None
    assert {name: len(pids) for name, pids in facts["pids"].items()} == {
        "postgres": 1, "valkey": 1, "storage": 1, "runner": 2, "api": 1
    }  # fmt: skip
    assert {name: len(urls) for name, urls in facts["health"].items()} == {"storage": 1, "runner": 2, "api": 1}
    assert facts["health"]["api"] == [f"{facts['url']}/health/ready"]
    assert stat.S_IMODE((data / "server.json").stat().st_mode) == 0o600
    assert all(map(is_running, all_pids(facts)))
    for url in (url for urls in facts["health"].values() for url in urls):
        assert await http_status(url, seconds=10) == 200
    connection = await asyncpg.connect(facts["postgres_url"])
    await connection.close()
    with redis.Redis.from_url(facts["redis_url"]) as client:
        assert client.ping()


def test_ctrl_c_leaves_no_process_and_no_server_file(serve, data):
    process = serve()
    facts = read(data)

    process.send_signal(signal.SIGINT)

    said = "stopping; what is under way has 10 s, Ctrl-C again ends at once\n"
    assert said in iter(process.stderr.readline, "")
    assert process.wait(30) == 0
    assert not any(map(is_running, all_pids(facts)))
    assert not (data / "server.json").exists()


@pytest.mark.parametrize("service", ["storage", "valkey", "postgres"])
def test_the_file_names_the_new_process_after_a_kill(serve, data, until, service):
    process = serve()
    before = read(data)

    os.kill(before["pids"][service][0], signal.SIGKILL)

    said = f"{service} was killed by SIGKILL; it is started again in 0.1 s\n"
    assert said in iter(process.stderr.readline, "")
    after = until(lambda: (facts := read(data))["pids"][service] not in ([], before["pids"][service]) and facts)
    assert is_running(after["pids"][service][0])
    assert (after["postgres_url"], after["redis_url"]) == (before["postgres_url"], before["redis_url"])
    others = set(before["pids"]) - {service}
    assert {name: after["pids"][name] for name in others} == {name: before["pids"][name] for name in others}


async def test_after_the_kill_of_the_server_the_next_one_adopts_its_databases_and_their_data(serve, data, until):
    process = serve()
    before = read(data)
    connection = await asyncpg.connect(before["postgres_url"])
    await connection.execute("create table kept as select 42 as answer")
    await connection.close()

    process.kill()
    process.wait()
    until(lambda: not any(is_running(pid) for name in ("storage", "runner", "api") for pid in before["pids"][name]))
    assert is_running(before["pids"]["postgres"][0])
    serve()

    after = read(data)
    assert [after["pids"][name] for name in ("postgres", "valkey")] == [
        before["pids"][name] for name in ("postgres", "valkey")
    ]
    connection = await asyncpg.connect(after["postgres_url"])
    assert await connection.fetchval("select answer from kept") == 42
    await connection.close()


def test_a_second_server_on_the_same_folder_is_refused_with_the_first_ones_pid(serve, data):
    first = serve()
    facts = read(data)

    second = serve(up=False)
    _, words = second.communicate(timeout=30)

    assert second.returncode == 6
    assert f"a server is running on it already (process {first.pid})" in words
    assert "--data" in words
    assert read(data) == facts
    assert all(map(is_running, all_pids(facts)))


def test_a_taken_port_is_refused_before_anything_starts_and_the_remedy_is_said(serve, data):
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        port = taken.getsockname()[1]
        process = serve(up=False, port=port)
        _, words = process.communicate(timeout=30)

    assert process.returncode == 6
    assert f"127.0.0.1:{port} failed: the port is taken" in words
    assert f"process {os.getpid()}" in words
    assert "--port 0" in words
    assert not (data / "postgres.json").exists()


def test_a_taken_port_leaves_no_new_data_folder(serve, data):
    data.rmdir()
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        process = serve(up=False, port=taken.getsockname()[1])
        _, words = process.communicate(timeout=30)

    assert "the port is taken" in words
    assert not data.exists()


def test_a_server_tells_the_dashboards_address_the_apis_and_how_other_commands_find_it(serve, data):
    process = serve()

    url = read(data)["url"]
    assert process.address == f"TestMesh: {url}  (Ctrl-C stops)\n  API: {url}/api/v1\n"
    assert process.stdout.readline() == f"  export TESTMESH_URL={read(data)['url']}\n"


def test_a_migration_that_fails_stops_all_and_shows_its_last_words(serve, data):
    process = serve(up=False, migration=3)
    _, words = process.communicate(timeout=60)

    assert process.returncode == 6
    assert "migrate-storage failed: it ended with exit code 3" in words
    assert "migrating postgresql" in words
    assert not (data / "server.json").exists()


def test_migrate_alone_ends_by_itself_and_leaves_nothing_running(serve, data):
    process = serve(up=False, migrate_only=True)
    out, words = process.communicate(timeout=60)

    assert (process.returncode, out) == (0, "All schemas are up to date.\n"), words
    assert "pid" not in json.loads((data / "postgres.json").read_text())


def test_a_service_that_cannot_start_ends_the_server_with_the_reason(serve, data):
    process = serve(up=False, arguments=["--die"])
    _, words = process.communicate(timeout=60)

    assert process.returncode == 6
    assert re.search(r"(storage|runner-[12]|api) failed: it died 5 times within a minute", words), words
    assert "the moon is full" in words
    assert "pid" not in json.loads((data / "valkey.json").read_text())
