"""The whole product, started as its users start it, on a folder of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from redis.asyncio import Redis

TESTMESH = Path(sys.executable).parent / "testmesh"
START_S = 120
TERMINAL = {"passed", "failed", "error", "cancelled"}


class House:
    """A running `testmesh server`: its API, its stores, its processes."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.api = httpx.Client(base_url=self.record["url"] + "/api/v1", timeout=30)

    @property
    def record(self) -> dict[str, Any]:
        return json.loads((self.data / "server.json").read_text())

    def pid(self, service: str) -> int:
        return self.record["pids"][service][0]

    def kill(self, service: str) -> int:
        """kill -9 the first process of a service; return its pid."""
        pid = self.pid(service)
        os.kill(pid, signal.SIGKILL)
        return pid

    def until_restarted(self, service: str, killed: int, within_s: float = 60) -> None:
        wait(lambda: self._is_ready(service, killed), f"{service} to be back", within_s)

    def metric(self, service: str, name: str) -> float:
        """Sum of a metric over the processes of a service."""
        total = 0.0
        for url in self.record["health"][service]:
            text = httpx.get(url.removesuffix("/health/ready") + "/metrics").text
            total += sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name))
        return total

    def redis(self) -> Redis:
        return Redis.from_url(self.record["redis_url"])

    async def rows(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.record["postgres_url"])
        try:
            return await connection.fetch(statement, *values)
        finally:
            await connection.close()

    def start_executions(self, source: str, count: int = 1, **options: Any) -> list[str]:
        """Create nothing, start `count` executions of an inline flow; return their ids."""
        answer = self.api.post("/executions", json={"items": [{"source": source, **options}] * count})
        assert answer.status_code == 202, answer.text
        return [item["id"] for item in answer.json()["items"]]

    def execution(self, execution_id: str) -> dict[str, Any]:
        answer = self.api.get(f"/executions/{execution_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def until_finished(self, execution_id: str, within_s: float = 60) -> dict[str, Any]:
        return wait(lambda: self._finished(execution_id), f"execution {execution_id} to finish", within_s)

    def _finished(self, execution_id: str) -> dict[str, Any] | None:
        found = self.execution(execution_id)
        return found if found["status"] in TERMINAL else None

    def _is_ready(self, service: str, killed: int) -> bool:
        try:
            record = self.record
            if killed in record["pids"][service]:
                return False
            if service not in record["health"]:
                return True
            return all(httpx.get(url).status_code == 200 for url in record["health"][service])
        except (httpx.TransportError, FileNotFoundError, KeyError):
            return False


def wait(question: Callable[[], Any], what: str, within_s: float) -> Any:
    """Ask until the answer is true, and return it."""
    deadline = time.monotonic() + within_s
    while not (found := question()):
        assert time.monotonic() < deadline, f"waited {within_s:g} s for {what}"
        time.sleep(0.05)
    return found


@contextmanager
def running_house(data: Path, *, runners: int = 1, **environment: str) -> Iterator[House]:
    """Run `testmesh server` and stop it as Ctrl-C would."""
    command = [str(TESTMESH), "server", "--data", str(data), "--port", "0"]
    with (data.parent / f"{data.name}.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--runners", str(runners)], stdout=log, stderr=log, env={**os.environ, **environment}
        )
        try:
            wait(lambda: (data / "server.json").exists() or process.poll() is not None, "the server", START_S)
            assert process.poll() is None, Path(log.name).read_text()
            house = House(data)
            try:
                yield house
            finally:
                house.api.close()
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
