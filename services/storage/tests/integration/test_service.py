"""The service as a process, met only through its streams."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

from testmesh_chassis.bus import Bus
from testmesh_chassis.errors import FaultError
from testmesh_contracts import decode, encode, event_id, read_entry, uuid7
from testmesh_contracts.executions import ExecutionView
from testmesh_contracts.flows import CreateEnvironment, EnvironmentView
from testmesh_contracts.queries import EnvironmentList, GetExecution, ListEnvironments
from testmesh_contracts.topics import (
    CONTROL,
    EVENTS,
    REPLIES,
    REQUESTS,
    RESULTS,
    STORAGE_COMMANDS,
    STORAGE_QUERIES,
)

pytestmark = pytest.mark.integration
BACKSLASH_ZERO = "a\x00b"


class World:
    """A storage process, and the voices of the api and of a runner."""

    def __init__(self, settings, redis_url):
        self.environment = os.environ | {
            "TESTMESH_DATABASE_URL": settings.database_url,
            "TESTMESH_REDIS_URL": redis_url,
            "TESTMESH_ARTIFACTS_DIR": str(settings.artifacts_dir),
            "TESTMESH_STORAGE_SWEEP_EVERY_S": "0.2",
            "TESTMESH_STORAGE_SWEEP_SLACK_S": "0",
        }
        self.api = Bus(redis_url, "api", "api-test")
        self.api.says(STORAGE_QUERIES, STORAGE_COMMANDS)
        self.api.asks(REPLIES)
        self.client = self.api.client

    @asynccontextmanager
    async def storage(self, instance: str = "storage-1") -> AsyncIterator[asyncio.subprocess.Process]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "testmesh_storage.main"),
            env=self.environment | {"TESTMESH_STORAGE_INSTANCE": instance},
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(20):
                await process.wait()

    async def say(self, topic, *messages):
        for message in messages:
            await self.client.xadd(topic.wire, encode(topic, message).fields())

    async def results(self, count: int):
        """Results by event id, as soon as there are so many."""
        async with asyncio.timeout(30):
            while True:
                entries = await self.client.xrange(RESULTS.wire)
                found = [decode(RESULTS, read_entry(RESULTS, fields)) for _, fields in entries]
                if len(by_id := {result.event_id: result for result in found}) >= count:
                    return by_id
                await asyncio.sleep(0.02)

    async def dead(self, topic, count: int):
        async with asyncio.timeout(20):
            while len(entries := await self.client.xrange(topic.dead)) < count:
                await asyncio.sleep(0.02)
        return [fields for _, fields in entries]

    async def ask(self, question, answer):
        return await self.api.ask(STORAGE_QUERIES, question, answer, within_s=10)


@pytest_asyncio.fixture
async def world(settings, redis_url) -> AsyncIterator[World]:
    world = World(settings, redis_url)
    await world.api.start()
    yield world
    await world.api.stop()


async def test_executions_told_over_the_streams_end_in_one_result_each(world, tell, project):
    tales = [tell() for _ in range(50)]
    async with world.storage() as process:
        await world.say(REQUESTS["high"], *(tale.request() for tale in tales))
        packs = [tale.pack(tale.started(), tale.step(), tale.finished()) for tale in tales]
        await world.say(EVENTS, *packs, *packs)
        results = await world.results(50)
        view = await world.ask(GetExecution(project_id=project, execution_id=tales[0].id), ExecutionView)

    assert set(results) == {event_id("execution.completed", tale.id) for tale in tales}
    assert (view.status, len(view.steps)) == ("passed", 1)
    assert view.event_cursor.startswith("0:")
    assert process.returncode == 0


async def test_garbage_on_every_topic_goes_to_the_dead_letters_and_delays_no_neighbour(world, tell):
    tale, poison = tell(), tell()
    topics = (*REQUESTS.values(), CONTROL, EVENTS)
    async with world.storage():
        for topic in topics:
            await world.client.xadd(topic.wire, {"type": next(iter(topic.models)), "body": "{"})
            await world.client.xadd(topic.wire, {"nonsense": "1"})
            await world.client.xadd(topic.wire, {"type": "of.tomorrow", "body": "{}"})
        await world.say(EVENTS, poison.pack(poison.started(), poison.step(error_message=BACKSLASH_ZERO)))
        await world.say(EVENTS, poison.pack(poison.finished("passed"), seq=3))
        await world.say(REQUESTS["low"], tale.request())
        await world.say(EVENTS, tale.pack(tale.started(), tale.finished()))
        results = await world.results(2)
        for topic in topics:
            await world.dead(topic, 2)

    assert results[event_id("execution.completed", tale.id)].status == "passed"
    poisoned = results[event_id("execution.completed", poison.id)]
    assert (poisoned.status, poisoned.error_code) == ("error", "event_unreadable")


async def test_a_request_that_cannot_be_kept_ends_its_execution_as_error(world, tell):
    tale = tell()
    async with world.storage():
        await world.say(REQUESTS["normal"], tale.request(flow_name=BACKSLASH_ZERO))
        (result,) = (await world.results(1)).values()

    assert (result.status, result.error_code, result.flow_name) == ("error", "request_unreadable", "ab")


async def test_what_has_passed_its_deadline_is_swept(world, tell):
    tale = tell()
    async with world.storage():
        await world.say(REQUESTS["normal"], tale.request(start_by=tale.at))
        (result,) = (await world.results(1)).values()

    assert result.error_code == "queue_timeout"


async def test_a_killed_storage_loses_nothing_and_says_each_result_once_by_event_id(world, tell, database):
    tales = [tell() for _ in range(2000)]
    packs = [tale.pack(tale.started(), tale.step(), tale.finished()) for tale in tales]
    async with world.storage() as process:
        await world.say(REQUESTS["normal"], *(tale.request() for tale in tales))
        await world.say(EVENTS, *packs[:1000])
        await world.results(1)
        process.kill()
        await process.wait()
    await world.say(EVENTS, *packs[1000:])
    async with world.storage():
        results = await world.results(2000)

    assert set(results) == {event_id("execution.completed", tale.id) for tale in tales}
    async with database.connection() as connection:
        kept = await connection.fetchrow(
            "SELECT count(*), count(DISTINCT key) FROM executions.outbox WHERE type = 'execution.completed'"
        )
    assert tuple(kept) == (2000, 2000)


async def test_after_a_flush_what_is_said_again_changes_nothing_and_is_answered(world, tell, database):
    tale = tell()
    async with world.storage():
        await world.say(REQUESTS["normal"], tale.request())
        await world.say(EVENTS, tale.pack(tale.started(), tale.step(), tale.finished()))
        first = await world.results(1)
        await world.client.flushall()
        await world.say(REQUESTS["normal"], tale.request())
        await world.say(EVENTS, tale.pack(tale.started(), tale.step(status="failed"), tale.finished("failed")))
        again = await world.results(1)
    async with database.connection() as connection:
        steps = await connection.fetch("SELECT status FROM executions.execution_steps")

    assert list(first) == list(again)
    assert [record["status"] for record in steps] == ["passed"]


async def test_two_replicas_fold_one_stream_and_answer_both(world, tell):
    tales = [tell() for _ in range(100)]
    async with world.storage("storage-1") as first, world.storage("storage-2"):
        await world.say(REQUESTS["normal"], *(tale.request() for tale in tales))
        await world.say(EVENTS, *(tale.pack(tale.started(), tale.finished()) for tale in tales[:50]))
        await world.results(50)
        first.kill()
        await first.wait()
        await world.say(EVENTS, *(tale.pack(tale.started(), tale.finished()) for tale in tales[50:]))
        results = await world.results(100)

    assert {result.status for result in results.values()} == {"passed"}


async def test_commands_and_questions_are_answered_and_refusals_travel(world, project):
    command = CreateEnvironment(
        command_id=uuid7(), project_id=project, principal="ada", environment_id=uuid7(), name="staging"
    )
    async with world.storage():
        created = await world.api.ask(STORAGE_COMMANDS, command, EnvironmentView, within_s=10)
        again = await world.api.ask(STORAGE_COMMANDS, command, EnvironmentView, within_s=10)
        listed = await world.ask(ListEnvironments(project_id=project), EnvironmentList)
        with pytest.raises(FaultError, check=lambda error: error.code == "execution_not_found"):
            await world.ask(GetExecution(project_id=project, execution_id=uuid7()), ExecutionView)

    assert created == again
    assert listed.items == [created]
