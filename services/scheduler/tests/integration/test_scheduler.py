"""Slots that become requests, once each, on a real database and a real stream server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Self
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from testmesh_chassis.bus import Bus
from testmesh_chassis.database import Database
from testmesh_chassis.errors import FaultError
from testmesh_chassis.migrations import migrate
from testmesh_chassis.outbox import Outbox
from testmesh_chassis.relay import Relay
from testmesh_chassis.rounds import Rounds
from testmesh_contracts import encode, uuid7
from testmesh_contracts.executions import CalledFlow, ExecutionRequested, FlowBody
from testmesh_contracts.flows import EgressRules, FileBody, FlowDeleted, FlowSettings
from testmesh_contracts.queries import (
    ListSchedules,
    Resolution,
    ResolvedFlow,
    ResolvedItem,
    ScheduleList,
)
from testmesh_contracts.schedules import CreateSchedule, DeleteSchedule, ScheduleView
from testmesh_contracts.topics import (
    FLOW_EVENTS,
    REPLIES,
    REQUESTS,
    SCHEDULE_COMMANDS,
    SCHEDULER_QUERIES,
    STORAGE_QUERIES,
)
from testmesh_scheduler.config import SchedulerSettings
from testmesh_scheduler.main import MIGRATIONS
from testmesh_scheduler.schedules import ScheduleBook
from testmesh_scheduler.subscribers import declare
from testmesh_scheduler.tables import SCHEMA
from testmesh_scheduler.ticker import Ticker

pytestmark = pytest.mark.integration
PROJECT = UUID("00000000-0000-7000-8000-000000000001")
EGRESS = EgressRules(allow=["10.0.0.0/8"], loopback=True)


@pytest_asyncio.fixture
async def settings(database_url: str, redis_url: str) -> SchedulerSettings:
    base = database_url.split("@", 1)[1]
    made = SchedulerSettings(
        database_url=f"postgresql://testmesh_scheduler:secret@{base}",
        migration_database_url=database_url,
        redis_url=redis_url,
        tick_s=0.1,
    )
    await asyncio.to_thread(migrate, made, [SCHEMA], MIGRATIONS)
    return made


class Scheduler:
    """One replica, wired as in `main`, without its process."""

    def __init__(self, settings: SchedulerSettings, instance: str) -> None:
        self.database = Database(settings.database_url, name=instance)
        self.bus = Bus(settings.redis_url, "scheduler", instance)
        outbox = Outbox(SCHEMA)
        relay = Relay(self.database, self.bus, outbox)
        self.ticker = Ticker(self.database, self.bus, outbox, relay, settings)
        declare(self.bus, ScheduleBook(self.database), self.ticker)
        self._parts = [self.database, self.bus, relay, Rounds("tick", settings.tick_s, self.ticker.tick)]

    async def __aenter__(self) -> Self:
        for part in self._parts:
            await part.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        for part in reversed(self._parts):
            await part.stop()


class Storage:
    """Stands in for storage at the bus: knows every flow but the unknown one."""

    unknown = uuid7()

    def __init__(self, redis_url: str) -> None:
        self.bus = Bus(redis_url, "storage", "storage")
        self.bus.answer(STORAGE_QUERIES, self.resolve)

    async def resolve(self, question) -> Resolution:
        return Resolution(items=[self._resolved(item.flow_id) for item in question.items])

    def _resolved(self, flow_id: UUID) -> ResolvedItem:
        if flow_id == self.unknown:
            return ResolvedItem(error_code="flow_not_found", error_message="there is no such flow")
        body = FlowBody(digest="d", source="name: x")
        files = {"rows.csv": FileBody(digest="f", size_bytes=3)}
        flow = ResolvedFlow(flow_id=flow_id, name="x", version=3, body=body, settings=FlowSettings(), files=files)
        called = [CalledFlow(name="login", version=2, body=body)]
        return ResolvedItem(
            flow=flow, variables={"base_url": "http://a"}, egress=EGRESS, calls={"login": 0}, called=called
        )


class Api:
    """Asks and commands as the api does, and sees what is requested."""

    def __init__(self, redis_url: str) -> None:
        self.bus = Bus(redis_url, "api", "api")
        self.bus.says(SCHEDULE_COMMANDS, SCHEDULER_QUERIES)
        self.bus.asks(REPLIES)

    async def create(
        self, flow_id: UUID | None = None, *, name: str = "nightly", key: UUID | None = None, cron: str = "* * * * *"
    ) -> ScheduleView:
        command = CreateSchedule(
            command_id=key or uuid7(),
            project_id=PROJECT,
            principal="local",
            schedule_id=uuid7(),
            name=name,
            flow_id=flow_id or uuid7(),
            cron_expression=cron,
            variables={"region": "eu"},
        )
        return await self.bus.ask(SCHEDULE_COMMANDS, command, ScheduleView)

    async def schedules(self) -> list[ScheduleView]:
        found = await self.bus.ask(SCHEDULER_QUERIES, ListSchedules(project_id=PROJECT), ScheduleList)
        return found.items

    async def requests(self) -> list[ExecutionRequested]:
        found = await self.bus.client.xrange(REQUESTS["normal"].wire)
        return [ExecutionRequested.model_validate_json(fields[b"body"]) for _, fields in found]


@asynccontextmanager
async def house(redis_url: str, *, storage: bool = True) -> AsyncIterator[Api]:
    api, keeper = Api(redis_url), Storage(redis_url)
    buses = [api.bus, *([keeper.bus] if storage else [])]
    for bus in buses:
        await bus.start()
    try:
        yield api
    finally:
        for bus in buses:
            await bus.stop()


async def bring_forward(url: str, *, by: timedelta = timedelta()) -> datetime:
    """Make every schedule's slot come now, or `by` ago."""
    owner = await asyncpg.connect(url)
    slot = datetime.now(UTC).replace(microsecond=0) - by
    await owner.execute("UPDATE scheduler.schedules SET next_run_at = $1 WHERE enabled", slot)
    await owner.close()
    return slot


async def fires(url: str) -> list:
    owner = await asyncpg.connect(url)
    try:
        return await owner.fetch("SELECT state, reason, execution_id FROM scheduler.fires ORDER BY slot")
    finally:
        await owner.close()


async def until(question, within_s: float = 20):
    async with asyncio.timeout(within_s):
        while not (found := await question()):
            await asyncio.sleep(0.05)
    return found


async def test_a_slot_becomes_one_request_with_the_environments_and_the_schedules_variables(
    settings, database_url, redis_url
):
    async with Scheduler(settings, "one"), house(redis_url) as api:
        schedule = await api.create()
        await bring_forward(database_url)
        requests = await until(api.requests)

        assert [request.flow_id for request in requests] == [schedule.flow_id]
        assert requests[0].variables == {"base_url": "http://a", "region": "eu"}
        assert requests[0].egress == EGRESS
        assert (requests[0].trigger_type, requests[0].triggered_by) == ("scheduled", "nightly")
        assert [row["execution_id"] for row in await fires(database_url)] == [requests[0].execution_id]


async def test_a_request_of_a_slot_has_the_files_and_the_flows_that_were_pinned(settings, database_url, redis_url):
    async with Scheduler(settings, "one"), house(redis_url) as api:
        await api.create()
        await bring_forward(database_url)
        (request,) = await until(api.requests)

        assert request.files["rows.csv"].digest == "f"
        assert {call: request.called[place].version for call, place in request.calls.items()} == {"login": 2}


async def test_three_replicas_fire_each_slot_once(settings, database_url, redis_url):
    async with Scheduler(settings, "a"), Scheduler(settings, "b"), Scheduler(settings, "c"), house(redis_url) as api:
        for number in range(20):
            await api.create(name=f"schedule {number}")
        await bring_forward(database_url)

        async def all_fired() -> bool:
            return len(await fires(database_url)) == 20 and all(
                row["state"] == "fired" for row in await fires(database_url)
            )

        await until(all_fired)
        requests = await until(api.requests)
        assert len({request.flow_id for request in requests}) == len(requests) == 20


async def test_slots_wait_while_storage_is_away_and_fire_when_it_is_back(settings, database_url, redis_url):
    async with Scheduler(settings, "one"):
        async with house(redis_url, storage=False) as api:
            await api.create()
            await bring_forward(database_url)
            waiting = await until(lambda: fires(database_url))
            assert [row["state"] for row in waiting] == ["due"]
        async with house(redis_url) as api:
            assert len(await until(api.requests)) == 1


async def test_a_slot_older_than_the_window_is_missed_and_says_why(settings, database_url, redis_url):
    async with house(redis_url) as api:
        async with Scheduler(settings, "one"):
            await api.create()
        await bring_forward(database_url, by=timedelta(hours=2))
        async with Scheduler(settings, "one"):
            found = await until(lambda: fires(database_url))
            upcoming = (await api.schedules())[0].next_run_at

        assert [(row["state"], row["reason"]) for row in found] == [("missed", "no scheduler ran at that time")]
        assert upcoming > datetime.now(UTC) - timedelta(minutes=1)
        assert await api.requests() == []


async def test_a_slot_of_a_flow_that_cannot_be_resolved_is_missed_and_says_why(settings, database_url, redis_url):
    async with Scheduler(settings, "one"), house(redis_url) as api:
        await api.create(Storage.unknown)
        await bring_forward(database_url)

        async def missed() -> list:
            return [row["reason"] for row in await fires(database_url) if row["state"] == "missed"]

        assert await until(missed) == ["there is no such flow"]


async def test_the_schedules_of_a_deleted_flow_are_disabled_with_the_reason(settings, redis_url):
    async with Scheduler(settings, "one"), house(redis_url) as api:
        schedule = await api.create()
        fact = FlowDeleted(
            event_id=uuid7(),
            project_id=PROJECT,
            flow_id=schedule.flow_id,
            name="x",
            deleted_by="local",
            at=datetime.now(UTC),
        )
        await api.bus.client.xadd(FLOW_EVENTS.wire, encode(FLOW_EVENTS, fact).fields())

        async def disabled() -> list:
            return [found for found in await api.schedules() if not found.enabled]

        assert [found.disabled_reason for found in await until(disabled)] == ["its flow was deleted"]


async def test_a_command_sent_again_is_answered_the_same_and_applied_once(settings, redis_url):
    async with Scheduler(settings, "one"), house(redis_url) as api:
        key = uuid7()
        first, second = await api.create(key=key), await api.create(key=key)

        assert first == second
        assert len(await api.schedules()) == 1


async def test_what_no_clock_can_follow_is_refused_and_a_stale_delete_too(settings, redis_url):
    async with Scheduler(settings, "one"), house(redis_url) as api:
        with pytest.raises(FaultError, match="is no cron expression"):
            await api.create(cron="soon")
        schedule = await api.create()
        with pytest.raises(FaultError) as taken:
            await api.create()
        delete = DeleteSchedule(
            command_id=uuid7(), project_id=PROJECT, principal="local", schedule_id=schedule.id, expected_version=9
        )
        with pytest.raises(FaultError) as stale:
            await api.bus.tell(SCHEDULE_COMMANDS, delete)
        await api.bus.tell(SCHEDULE_COMMANDS, delete.model_copy(update={"command_id": uuid7(), "expected_version": 1}))

        assert (taken.value.code, stale.value.code) == ("schedule_name_taken", "version_stale")
        assert await api.schedules() == []


async def test_the_role_of_the_service_reads_its_own_schema_alone_and_makes_no_tables(settings, database_url):
    owner = await asyncpg.connect(database_url)
    await owner.execute("CREATE SCHEMA neighbour; CREATE TABLE neighbour.things (id int)")
    await owner.close()
    role = await asyncpg.connect(settings.database_url)
    try:
        assert await role.fetchval("SELECT count(*) FROM scheduler.schedules") == 0
        for forbidden in ("SELECT * FROM neighbour.things", "CREATE TABLE scheduler.more (id int)"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await role.execute(forbidden)
    finally:
        await role.close()


async def test_a_request_too_large_to_be_said_misses_its_slot_and_holds_up_no_other(settings, redis_url, database_url):
    class Heavy(Storage):
        heavy = uuid7()

        def _resolved(self, flow_id: UUID) -> ResolvedItem:
            found = super()._resolved(flow_id)
            variables = {"blob": "x" * 300_000} if flow_id == self.heavy else found.variables
            return found.model_copy(update={"variables": variables})

    async with house(redis_url, storage=False) as api:
        storage = Heavy(redis_url)
        await storage.bus.start()
        async with Scheduler(settings, "one"):
            await api.create(Heavy.heavy, name="heavy")
            await api.create(name="light")
            await bring_forward(database_url)
            await until(api.requests)

            async def both() -> bool:
                return sorted(fire["state"] for fire in await fires(database_url)) == ["fired", "missed"]

            await until(both)
        await storage.bus.stop()

    assert [request.triggered_by for request in await api_requests(redis_url)] == ["light"]


async def test_slots_too_large_for_one_answer_are_asked_for_in_halves_and_one_alone_is_missed_and_says_why(
    settings, redis_url, database_url
):
    class Heavy(Storage):
        heavy = uuid7()

        def _resolved(self, flow_id: UUID) -> ResolvedItem:
            found = super()._resolved(flow_id)
            inputs = {"blob": "x" * REPLIES.max_body if flow_id == self.heavy else "x" * (REPLIES.max_body // 3)}
            return found.model_copy(update={"flow": found.flow.model_copy(update={"inputs": inputs})})

    storage = Heavy(redis_url)
    await storage.bus.start()
    async with house(redis_url, storage=False) as api, Scheduler(settings, "one"):
        for name in ("a", "b", "c"):
            await api.create(name=name, cron="0 0 1 1 *")
        await api.create(Heavy.heavy, name="heavy", cron="0 0 1 1 *")
        await bring_forward(database_url)

        async def decided() -> list:
            found = await fires(database_url)
            return found if len(found) == 4 and all(fire["state"] != "due" for fire in found) else []

        found = await until(decided)
        requests = await until(api.requests)
    await storage.bus.stop()

    assert sorted(request.triggered_by for request in requests) == ["a", "b", "c"]
    (reason,) = [fire["reason"] for fire in found if fire["state"] == "missed"]
    assert "too large for one answer" in reason


async def api_requests(redis_url: str) -> list[ExecutionRequested]:
    api = Api(redis_url)
    try:
        return await api.requests()
    finally:
        await api.bus.client.aclose()


async def test_a_schedule_whose_next_slot_is_not_known_is_disabled_and_holds_up_no_other(
    settings, redis_url, database_url
):
    async with house(redis_url) as api, Scheduler(settings, "one"):
        await api.create(name="bad")
        await api.create(name="good")
        owner = await asyncpg.connect(database_url)
        await owner.execute("UPDATE scheduler.schedules SET timezone = 'Gone/Zone' WHERE name = 'bad'")
        await owner.close()
        await bring_forward(database_url)

        async def both() -> bool:
            return len(await api.requests()) == 2

        await until(both)
        found = {schedule.name: (schedule.enabled, schedule.disabled_reason) for schedule in await api.schedules()}

    assert found == {"good": (True, None), "bad": (False, "its next slot is not known")}
