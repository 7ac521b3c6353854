"""A real PostgreSQL and a real Valkey for tests: given by the environment, else started as processes."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

STARTER = "testmesh_cli.local.databases"
START_S = 90


@dataclass(frozen=True)
class Servers:
    """Where the two stores answer. `postgres_url` is of a role that may make databases and roles."""

    postgres_url: str
    redis_url: str


@contextmanager
def running_servers(data: Path) -> Iterator[Servers]:
    """Give the servers of `TESTMESH_TEST_POSTGRES_URL` and `TESTMESH_TEST_REDIS_URL`, else start some in `data`.

    They are started by a process of the `testmesh` command's own, which stops them when its input ends,
    so that none outlives a killed test run.
    """
    postgres_url, redis_url = os.environ.get("TESTMESH_TEST_POSTGRES_URL"), os.environ.get("TESTMESH_TEST_REDIS_URL")
    if postgres_url and redis_url:
        yield Servers(postgres_url, redis_url)
        return
    command = [sys.executable, "-m", STARTER, str(data)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own arguments
        assert process.stdin is not None
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"{' '.join(command)} ended with {process.wait(START_S)} before its servers answered")
        started = json.loads(line)
        try:
            yield Servers(postgres_url or started["postgres_url"], redis_url or started["redis_url"])
        finally:
            process.stdin.close()
            process.wait(START_S)
