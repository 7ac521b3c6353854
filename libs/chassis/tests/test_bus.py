"""The ways to hear, on a real stream server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import pytest
from redis.asyncio import Redis

from testmesh_chassis.bus import Bus, NotInMapError, Received
from testmesh_chassis.bus.client import connect, connect_group
from testmesh_chassis.errors import FaultError, NoAnswerError
from testmesh_contracts import encode, uuid7
from testmesh_contracts.executions import ExecutionCompleted
from testmesh_contracts.queries import GetSchedule, ListSchedules, ScheduleList
from testmesh_contracts.topics import (
    CONTROL,
    FLOW_EVENTS,
    REPLIES,
    RESULTS,
    SCHEDULER_QUERIES,
    STORAGE_QUERIES,
)

pytestmark = pytest.mark.integration
PROJECT = UUID("00000000-0000-7000-8000-000000000001")


def completed(status: str = "passed") -> ExecutionCompleted:
    return ExecutionCompleted(
        event_id=uuid7(),
        execution_id=uuid7(),
        project_id=PROJECT,
        flow_name="checkout",
        trigger_type="api",
        status=status,
        finished_at=datetime.now(UTC),
    )


async def until(holds: Callable[[], bool | Awaitable[bool]], within_s: float = 15) -> None:
    async with asyncio.timeout(within_s):
        while True:
            found = holds()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.02)


async def add(client: Redis, topic, *messages) -> None:
    for message in messages:
        await client.xadd(topic.wire, encode(topic, message).fields())


@asynccontextmanager
async def started(*buses: Bus) -> AsyncIterator[None]:
    for bus in buses:
        await bus.start()
    try:
        yield
    finally:
        for bus in buses:
            await bus.stop()


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[Redis]:
    client = connect(redis_url)
    yield client
    await client.aclose()


class Ear:
    """Remembers what it was handed, and fails as it is told to."""

    def __init__(self) -> None:
        self.heard: list[Received] = []
        self.fail: Callable[[Received], bool] = lambda _: False
        self.tries = 0

    async def take(self, batch) -> None:
        self.tries += 1
        if any(self.fail(received) for received in batch):
            raise RuntimeError("cannot take it")
        self.heard.extend(batch)

    @property
    def ids(self) -> list[UUID]:
        return [received.message.execution_id for received in self.heard]


def scheduler_hearing(redis_url: str, ear: Ear, instance: str = "one") -> Bus:
    bus = Bus(redis_url, "scheduler", instance)
    bus.compete(RESULTS, ear.take)
    return bus


async def pending(client: Redis, topic, group: str) -> int:
    return (await client.xpending(topic.wire, group))["pending"]


async def test_a_group_hears_what_was_said_before_it_existed(redis_url, client):
    said = completed()
    await add(client, RESULTS, said)
    ear = Ear()
    async with started(scheduler_hearing(redis_url, ear)):
        await until(lambda: ear.ids == [said.execution_id])


async def test_what_was_taken_is_acknowledged(redis_url, client):
    ear = Ear()
    async with started(scheduler_hearing(redis_url, ear)):
        await add(client, RESULTS, *(completed() for _ in range(20)))
        await until(lambda: len(ear.heard) == 20)

        async def none_pending() -> bool:
            return await pending(client, RESULTS, "scheduler") == 0

        await until(none_pending)


async def test_two_members_of_a_group_share_the_entries_without_taking_one_twice(redis_url, client):
    first, second = Ear(), Ear()
    async with started(scheduler_hearing(redis_url, first, "a"), scheduler_hearing(redis_url, second, "b")):
        said = [completed() for _ in range(200)]
        await add(client, RESULTS, *said)
        await until(lambda: len(first.heard) + len(second.heard) >= 200)

    assert sorted(first.ids + second.ids) == sorted(message.execution_id for message in said)


async def test_a_group_lost_by_flushall_is_made_again_and_misses_nothing_said_after(redis_url, client):
    ear = Ear()
    async with started(scheduler_hearing(redis_url, ear)):
        before, after = completed(), completed()
        await add(client, RESULTS, before)
        await until(lambda: len(ear.heard) == 1)
        await client.flushall()
        await add(client, RESULTS, after)
        await until(lambda: ear.ids == [before.execution_id, after.execution_id])


async def test_an_unreadable_entry_is_dead_lettered_with_its_reason_and_delays_no_neighbour(redis_url, client):
    ear = Ear()
    async with started(scheduler_hearing(redis_url, ear)):
        good = completed()
        await client.xadd(RESULTS.wire, {"type": "execution.completed", "body": b"\xff not json"})
        await client.xadd(RESULTS.wire, {"no": "fields"})
        await add(client, RESULTS, good)
        await until(lambda: ear.ids == [good.execution_id])

        dead = await client.xrange(RESULTS.dead)
        assert [fields[b"dead.hearer"] for _, fields in dead] == [b"scheduler", b"scheduler"]
        assert b"'type' is missing" in dead[1][1][b"dead.reason"]
        assert await pending(client, RESULTS, "scheduler") == 0


async def test_an_entry_of_unknown_type_is_passed_over(redis_url, client):
    ear = Ear()
    async with started(scheduler_hearing(redis_url, ear)):
        good = completed()
        await client.xadd(RESULTS.wire, {"type": "execution.archived", "body": "{}"})
        await add(client, RESULTS, good)
        await until(lambda: ear.ids == [good.execution_id])

        assert await client.exists(RESULTS.dead) == 0


async def test_what_keeps_failing_is_dead_lettered_after_three_deliveries_and_its_batch_is_not(redis_url, client):
    poison, good = completed(), completed()
    ear = Ear()
    ear.fail = lambda received: received.message.execution_id == poison.execution_id
    await add(client, RESULTS, poison, good)
    async with started(scheduler_hearing(redis_url, ear)):
        await until(lambda: good.execution_id in ear.ids)

        async def buried() -> bool:
            return await client.xlen(RESULTS.dead) == 1

        await until(buried)
        assert await pending(client, RESULTS, "scheduler") == 0

    dead = (await client.xrange(RESULTS.dead))[0][1]
    assert b"failed 3 times" in dead[b"dead.reason"]
    assert poison.execution_id not in ear.ids


async def test_an_outage_behind_the_handler_never_counts_against_the_entry(redis_url, client):
    ear = Ear()
    outages = iter([ConnectionRefusedError("database away")] * 5)

    async def take(batch) -> None:
        for outage in outages:
            raise outage
        await ear.take(batch)

    bus = Bus(redis_url, "scheduler", "one")
    bus.compete(RESULTS, take)
    said = completed()
    await add(client, RESULTS, said)
    async with started(bus):
        await until(lambda: ear.ids == [said.execution_id])

    assert await client.exists(RESULTS.dead) == 0


async def test_entries_left_by_a_member_of_the_same_name_are_taken_first_after_its_restart(redis_url, client):
    said = completed()
    await client.xgroup_create(RESULTS.wire, "scheduler", id="0", mkstream=True)
    await add(client, RESULTS, said)
    await client.xreadgroup("scheduler", "one", {RESULTS.wire: ">"})
    ear = Ear()
    async with started(scheduler_hearing(redis_url, ear)):
        await until(lambda: ear.ids == [said.execution_id])


async def test_every_replica_hears_a_broadcast_from_its_start_on(redis_url, client):
    first, second = Ear(), Ear()
    buses = []
    for instance, ear in (("a", first), ("b", second)):
        bus = Bus(redis_url, "api", instance)
        bus.broadcast(RESULTS, ear.take)
        buses.append(bus)
    await add(client, RESULTS, completed())
    async with started(*buses):
        said = [completed() for _ in range(5)]
        await add(client, RESULTS, *said)
        await until(lambda: len(first.heard) == len(second.heard) == 5)

    assert first.ids == second.ids == [message.execution_id for message in said]


def asking(redis_url: str) -> Bus:
    bus = Bus(redis_url, "api", "asker")
    bus.says(SCHEDULER_QUERIES)
    bus.asks(REPLIES)
    return bus


def answering(redis_url: str, handler) -> Bus:
    bus = Bus(redis_url, "scheduler", "answerer")
    bus.answer(SCHEDULER_QUERIES, handler)
    return bus


async def test_a_question_gets_its_own_answer_among_many(redis_url):
    async def answer(question: ListSchedules) -> ScheduleList:
        return ScheduleList(items=[], total_estimate=question.limit)

    api = asking(redis_url)
    async with started(answering(redis_url, answer), api):
        limits = range(1, 101)
        answers = await asyncio.gather(
            *(
                api.ask(SCHEDULER_QUERIES, ListSchedules(project_id=PROJECT, limit=limit), ScheduleList)
                for limit in limits
            )
        )

    assert [found.total_estimate for found in answers] == list(limits)


async def test_a_question_finds_its_way_although_the_server_closed_all_connections_meanwhile(redis_url, client):
    async def answer(_) -> ScheduleList:
        return ScheduleList(items=[], total_estimate=0)

    api = asking(redis_url)
    async with started(answering(redis_url, answer), api):
        for _ in range(3):
            await client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            await api.ask(SCHEDULER_QUERIES, ListSchedules(project_id=PROJECT), ScheduleList)


async def test_a_refusal_reaches_the_asker_with_its_code_and_facts(redis_url):
    wanted = uuid7()

    async def refuse(question: GetSchedule) -> None:
        raise FaultError("schedule_not_found", "there is no such schedule", schedule_id=str(question.schedule_id))

    api = asking(redis_url)
    async with started(answering(redis_url, refuse), api):
        with pytest.raises(FaultError) as refused:
            await api.ask(SCHEDULER_QUERIES, GetSchedule(project_id=PROJECT, schedule_id=wanted), ScheduleList)

    assert refused.value.code == "schedule_not_found"
    assert refused.value.facts == {"schedule_id": str(wanted)}


async def test_a_question_that_makes_the_answerer_fail_is_answered_as_such_and_dead_lettered(redis_url, client):
    async def fail(_) -> None:
        raise ZeroDivisionError

    api = asking(redis_url)
    async with started(answering(redis_url, fail), api):
        with pytest.raises(FaultError) as refused:
            await api.tell(SCHEDULER_QUERIES, ListSchedules(project_id=PROJECT))

    assert refused.value.code == "internal_error"
    assert await client.xlen(SCHEDULER_QUERIES.dead) == 1


async def test_without_an_answer_in_time_the_asker_is_told_and_a_late_question_is_dropped_unread(redis_url):
    asked = []

    async def answer(question) -> ScheduleList:
        asked.append(question)
        return ScheduleList(items=[], total_estimate=0)

    api = asking(redis_url)
    async with started(api):
        with pytest.raises(NoAnswerError):
            await api.ask(SCHEDULER_QUERIES, ListSchedules(project_id=PROJECT, limit=7), ScheduleList, within_s=0.2)
        async with started(answering(redis_url, answer)):
            await api.ask(SCHEDULER_QUERIES, ListSchedules(project_id=PROJECT, limit=8), ScheduleList)

    assert [question.limit for question in asked] == [8]


def test_what_is_not_in_the_map_cannot_be_declared():
    bus = Bus("redis://127.0.0.1:1/0", "scheduler", "one")

    with pytest.raises(NotInMapError, match=r"scheduler does not compete executions\.control"):
        bus.compete(CONTROL, Ear().take)
    with pytest.raises(NotInMapError, match=r"scheduler does not say flows\.events"):
        bus.says(FLOW_EVENTS)
    with pytest.raises(NotInMapError, match=r"scheduler does not answer queries\.storage"):
        bus.answer(STORAGE_QUERIES, Ear().take)


async def test_a_question_that_a_dead_replica_read_stays_pending_with_nobody(redis_url, client, monkeypatch):
    monkeypatch.setattr("testmesh_chassis.bus.answer.ABANDONED_AFTER_MS", 100)
    monkeypatch.setattr("testmesh_chassis.bus.answer.LOOK_EVERY_S", 0.1)
    asked = []

    async def answer(question) -> ScheduleList:
        asked.append(question)
        return ScheduleList(items=[], total_estimate=0)

    await client.xgroup_create(SCHEDULER_QUERIES.wire, "scheduler", id="0", mkstream=True)
    question = encode(SCHEDULER_QUERIES, ListSchedules(project_id=PROJECT), id=uuid7(), reply="r", deadline=1)
    await client.xadd(SCHEDULER_QUERIES.wire, question.fields())
    await client.xreadgroup("scheduler", "dead", {SCHEDULER_QUERIES.wire: ">"})

    async def nothing_is_pending() -> bool:
        return (await client.xpending(SCHEDULER_QUERIES.wire, "scheduler"))["pending"] == 0

    async with started(answering(redis_url, answer)):
        await until(nothing_is_pending)

    assert asked == []


async def test_a_reader_that_is_closing_lets_others_run(redis_url):
    client = connect_group(redis_url)
    client.closing = True
    ran = asyncio.Event()
    asyncio.get_running_loop().call_soon(ran.set)
    for _ in range(3):
        assert await client.xreadgroup("group", "member", {"stream": ">"}, block=1000) == []
    await client.aclose()

    assert ran.is_set()
