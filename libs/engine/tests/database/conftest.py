"""MariaDB as a process of its own, with and without TLS, and what asks any database."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

START_S = 60
USERS = """
CREATE DATABASE shop CHARACTER SET utf8mb4;
CREATE USER tests@'127.0.0.1' IDENTIFIED BY 's3cret/@x';
GRANT ALL ON shop.* TO tests@'127.0.0.1';
GRANT PROCESS ON *.* TO tests@'127.0.0.1';
CREATE USER secure@'127.0.0.1' IDENTIFIED BY 'pw' REQUIRE SSL;
GRANT ALL ON shop.* TO secure@'127.0.0.1';
"""


@contextmanager
def running_mariadb(folder: Path, *options: str) -> Iterator[int]:
    """Yield the port of a server that runs meanwhile; its data and its socket are in the folder."""
    install, server = shutil.which("mariadb-install-db"), shutil.which("mariadbd")
    if install is None or server is None:
        message = "no mariadbd found; on Debian: apt-get install mariadb-server"
        (pytest.fail if os.environ.get("TESTMESH_REQUIRE_PEERS") == "1" else pytest.skip)(message)
    me = ["--user=root"] if os.geteuid() == 0 else []
    data = folder / "data"
    base = ["--no-defaults", f"--datadir={data}", *me]
    subprocess.run(
        [install, *base, "--auth-root-authentication-method=normal", "--skip-test-db"], check=True, capture_output=True
    )
    (folder / "users.sql").write_text(USERS)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        server, *base, f"--socket={folder}/s", f"--port={port}", "--bind-address=127.0.0.1", f"--pid-file={folder}/pid",
        f"--init-file={folder}/users.sql", "--innodb-buffer-pool-size=16M", "--max-connections=40",
        "--skip-name-resolve", *options,
    ]  # fmt: skip
    with (folder / "log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            _await(port, process, folder / "log")
            yield port
        finally:
            process.terminate()


def _await(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"mariadbd did not start: {log.read_text()}")


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory):
    """A server without TLS."""
    with running_mariadb(tmp_path_factory.mktemp("mariadb")) as port:
        yield f"mariadb://tests:s3cret%2F%40x@127.0.0.1:{port}/shop"


@pytest.fixture(scope="session")
def secure_mariadb(tmp_path_factory):
    """A server with TLS, whose certificate is self-signed."""
    folder = tmp_path_factory.mktemp("secure")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2",
         "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    with running_mariadb(folder, f"--ssl-cert={certificate}", f"--ssl-key={key}") as port:
        yield f"mysql://secure:pw@127.0.0.1:{port}/shop"


@pytest.fixture
def database(request):
    """A DSN of the kind that the test is parametrized with."""
    if request.param == "postgresql":
        return request.getfixturevalue("database_url").replace("postgresql+asyncpg", "postgresql")
    return request.getfixturevalue("mariadb") if request.param == "mariadb" else "sqlite:///:memory:"


def flow(dsn, *steps):
    """Return a flow of queries: each a query, or a query, its other config, assertions."""
    written = []
    for number, step in enumerate(steps):
        query, config, *assertions = (step, {}) if isinstance(step, str) else step
        said = {"id": f"s{number}", "action": "database_query"}
        said["config"] = {"connection": "db", "query": query, **config}
        written.append(said | ({"assert": assertions} if assertions else {}))
    return json.dumps({"name": "a", "env": {"db": dsn}, "steps": written})


@pytest.fixture
def ask(play):
    """Play queries one after another; return what was played."""

    async def carry_out(dsn, *steps, **given):
        return await play(flow(dsn, *steps), **given)

    return carry_out


@pytest.fixture
def passes(ask):
    async def carry_out(dsn, *steps, **given):
        played = await ask(dsn, *steps, **given)
        assert played.outcome.status == "passed", [
            (event.step_id, event.error_message, event.output, event.assertions)
            for event in played.events
            if getattr(event, "error_message", None)
        ]
        return played

    return carry_out


@pytest.fixture
def fault_of(ask):
    """Play queries, of which the last must not be carried out; return its code and message."""

    async def carry_out(dsn, *steps, **given):
        played = await ask(dsn, *steps, **given)
        last = played[f"s{len(steps) - 1}"]
        assert last.status == "error"
        return last.error_code, last.error_message

    return carry_out


async def until(is_so, seconds=10.0):
    """Ask until something is so; asyncio.timeout says that it never was."""
    async with asyncio.timeout(seconds):
        while not await is_so():
            await asyncio.sleep(0.02)
