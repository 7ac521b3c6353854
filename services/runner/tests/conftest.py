"""Runners as real processes, and a stand-in for storage that hears what they say."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest_asyncio
from redis.asyncio import Redis

from testmesh_chassis.migrations import migrate
from testmesh_contracts import encode, event_id, read_entry, uuid7
from testmesh_contracts.executions import CancelExecution, ExecutionCompleted, ExecutionRequested, FlowBody
from testmesh_contracts.topics import CONTROL, EVENTS, REQUESTS, RESULTS
from testmesh_runner.config import RunnerSettings
from testmesh_runner.main import MIGRATIONS

NOOP = "name: noop\nsteps:\n  - action: log\n    config: {message: hello}\n"
PROJECT = uuid4()


class Runner:
    """One runner process."""

    def __init__(self, env, log: Path):
        self._log = log.open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "testmesh_runner.main"], env=env, stdout=self._log, stderr=self._log
        )

    def signal(self, number):
        self.process.send_signal(number)

    async def ended(self, within_s=90):
        return await asyncio.to_thread(self.process.wait, within_s)

    async def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            await self.ended()
        self._log.close()


class House:
    """What stands around runners: the streams, the table, who asks and who folds."""

    def __init__(self, redis_url, database_url, service_url, folder):
        self.redis = Redis.from_url(redis_url, socket_timeout=30)
        self.redis_url = redis_url
        self.owner_url = database_url
        self.folder = folder
        self.runners = []
        self.events = defaultdict(dict)
        self.fences = defaultdict(list)
        self.finished = defaultdict(list)
        self._env = {
            **os.environ,
            "TESTMESH_API_HOST": "127.0.0.1",
            "TESTMESH_REDIS_URL": redis_url,
            "TESTMESH_RUNNER_DATABASE_URL": service_url,
            "TESTMESH_ARTIFACTS_DIR": str(folder / "artifacts"),
        }
        self._after = "0-0"

    def start_runner(self, **settings):
        env = self._env | {f"TESTMESH_RUNNER_{name.upper()}": str(value) for name, value in settings.items()}
        runner = Runner(env, self.folder / f"runner-{len(self.runners)}.log")
        self.runners.append(runner)
        return runner

    async def rows(self, sql, *values):
        connection = await asyncpg.connect(self.owner_url)
        try:
            return await connection.fetch(sql, *values)
        finally:
            await connection.close()

    def request(self, source=NOOP, **facts):
        now = datetime.now(UTC)
        known = {
            "execution_id": uuid7(),
            "project_id": PROJECT,
            "flow_name": "noop",
            "body": FlowBody(digest="0" * 64, source=source),
            "trigger_type": "api",
            "requested_at": now,
            "start_by": now + timedelta(hours=1),
            "timeout_ms": 600_000,
        }
        return ExecutionRequested(**(known | facts))

    async def ask(self, *requests, priority="normal"):
        topic = REQUESTS[priority]
        pipe = self.redis.pipeline(transaction=False)
        for request in requests:
            pipe.xadd(topic.wire, encode(topic, request).fields())
        await pipe.execute()

    async def cancel(self, request, reason="enough of it"):
        message = CancelExecution(
            execution_id=request.execution_id,
            project_id=PROJECT,
            flow_name=request.flow_name,
            trigger_type="api",
            reason=reason,
            requested_at=datetime.now(UTC),
        )
        await self.say(CONTROL, message)

    async def say(self, topic, message):
        await self.redis.xadd(topic.wire, encode(topic, message).fields())

    async def complete(self, request, status="passed"):
        await self.say(
            RESULTS,
            ExecutionCompleted(
                event_id=event_id("execution.completed", request.execution_id),
                execution_id=request.execution_id,
                project_id=PROJECT,
                flow_name=request.flow_name,
                trigger_type="api",
                status=status,
                finished_at=datetime.now(UTC),
            ),
        )

    async def listen(self):
        """Take in what was said since the last look."""
        while entries := await self.redis.xread({EVENTS.wire: self._after}, count=1000):
            for raw_id, fields in entries[0][1]:
                self._after = raw_id.decode()
                self._take(read_entry(EVENTS, fields))

    def _take(self, entry):
        body = json.loads(entry.body)
        known = self.events[entry.execution, body["run"]]
        if entry.fence not in self.fences[entry.execution]:
            self.fences[entry.execution].append(entry.fence)
        for each in body["events"]:
            known[each["seq"]] = each["event"]
            if each["event"]["type"] == "execution.finished":
                self.finished[entry.execution].append(each["event"])

    def forget_heard(self):
        self._after = "0-0"
        self.events.clear()
        self.fences.clear()
        self.finished.clear()

    async def until(self, holds, within_s=90.0):
        """Listen until something holds; returns what it gave."""
        end = time.monotonic() + within_s
        while True:
            await self.listen()
            found = holds()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return found
            assert time.monotonic() < end, f"it did not hold within {within_s} s; {self.logs()}"
            await asyncio.sleep(0.02)

    async def until_finished(self, *requests, within_s=90.0):
        await self.until(lambda: all(request.execution_id in self.finished for request in requests), within_s)

    def step_started(self, request, step_id, run=1):
        events = self.events[request.execution_id, run].values()
        return any(event["type"] == "step.started" and event["step_id"] == step_id for event in events)

    def logs(self):
        return "\n".join(path.read_text()[-3000:] for path in sorted(self.folder.glob("runner-*.log")))


@pytest_asyncio.fixture
async def service_url(database_url):
    base, _, name = database_url.rpartition("/")
    address = base.rpartition("@")[2]
    url = f"postgresql://testmesh_runner:secret@{address}/{name}"
    settings = RunnerSettings(database_url=url, migration_database_url=database_url)
    await asyncio.to_thread(migrate, settings, ["agents"], MIGRATIONS)
    return url


@pytest_asyncio.fixture
async def house(redis_url, database_url, service_url, tmp_path):
    built = House(redis_url, database_url, service_url, tmp_path)
    yield built
    for runner in built.runners:
        await runner.end()
    await built.redis.aclose()
