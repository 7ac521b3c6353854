"""The outbox: what is committed is said, until it is confirmed; what is rolled back is never said."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import pytest

from testmesh_chassis import survey as survey_module
from testmesh_chassis.bus import Bus
from testmesh_chassis.inbox import Inbox
from testmesh_chassis.janitor import Janitor
from testmesh_chassis.outbox import Outbox, OutboxRow, outbox_row
from testmesh_chassis.relay import Relay
from testmesh_contracts import encode, uuid7
from testmesh_contracts.flows import FlowSaved
from testmesh_contracts.topics import FLOW_EVENTS

pytestmark = pytest.mark.integration
OUTBOX = Outbox("house")


def saved() -> FlowSaved:
    return FlowSaved(
        event_id=uuid7(),
        project_id=UUID(int=1),
        flow_id=uuid7(),
        name="checkout",
        version=1,
        digest="d",
        saved_by="somebody",
        at=datetime.now(UTC),
    )


def row(message: FlowSaved) -> OutboxRow:
    return outbox_row(FLOW_EVENTS, message, key=message.event_id)


@pytest.fixture
async def bus(redis_url: str) -> AsyncIterator[Bus]:
    bus = Bus(redis_url, "storage", "one")
    bus.says(FLOW_EVENTS)
    yield bus
    await bus.stop()


@asynccontextmanager
async def relaying(database, bus: Bus) -> AsyncIterator[Relay]:
    relay = Relay(database, bus, OUTBOX)
    await relay.start()
    try:
        yield relay
    finally:
        await relay.stop()


async def said(bus: Bus, count: int) -> list[bytes]:
    async with asyncio.timeout(20):
        while await bus.client.xlen(FLOW_EVENTS.wire) < count:
            await asyncio.sleep(0.02)
    return [fields[b"body"] for _, fields in await bus.client.xrange(FLOW_EVENTS.wire)]


async def count(database, table: str) -> int:
    async with database.connection() as connection:
        return await connection.fetchval(f"SELECT count(*) FROM house.{table}")


async def test_what_was_committed_is_said_in_order(database, bus):
    messages = [saved() for _ in range(1200)]
    async with relaying(database, bus) as relay:
        async with database.transaction() as connection:
            rows = await OUTBOX.add(connection, [row(message) for message in messages])
        relay.say_soon(rows)
        bodies = await said(bus, 1200)

    assert bodies == [message.model_dump_json().encode() for message in messages]


async def test_what_a_crash_left_unsaid_is_said_by_the_next_pass(database, bus):
    async with database.transaction() as connection:
        await OUTBOX.add(connection, [row(saved())])
    async with relaying(database, bus):
        assert len(await said(bus, 1)) == 1


async def test_what_was_rolled_back_is_never_said(database, bus):
    kept = saved()
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as connection:
            await OUTBOX.add(connection, [row(saved())])
            raise ZeroDivisionError
    async with database.session() as session:
        await OUTBOX.add_in(session, row(kept))
    async with relaying(database, bus):
        assert await said(bus, 1) == [kept.model_dump_json().encode()]


async def test_what_flushall_took_is_said_again_until_it_is_confirmed(database, bus):
    first, second = saved(), saved()
    async with relaying(database, bus) as relay:
        async with database.transaction() as connection:
            rows = await OUTBOX.add(connection, [row(first), row(second)])
        relay.say_soon(rows)
        await said(bus, 2)
        async with database.connection() as connection:
            await OUTBOX.confirm(connection, [first.event_id])
        await bus.client.flushall()

        assert await said(bus, 1) == [second.model_dump_json().encode()]


async def test_what_is_still_in_the_stream_is_not_said_again(database, bus):
    async with relaying(database, bus) as relay:
        async with database.transaction() as connection:
            rows = await OUTBOX.add(connection, [row(saved())])
        relay.say_soon(rows)
        await said(bus, 1)
        for _ in range(3):
            await relay._pass()

        assert await bus.client.xlen(FLOW_EVENTS.wire) == 1


async def test_an_entry_missing_in_the_middle_of_the_stream_is_said_again(database, bus):
    async with relaying(database, bus) as relay:
        for _ in range(3):
            async with database.transaction() as connection:
                rows = await OUTBOX.add(connection, [row(saved())])
            relay.say_soon(rows)
            await asyncio.sleep(0.1)
        await said(bus, 3)
        middle = (await bus.client.xrange(FLOW_EVENTS.wire))[1]
        await bus.client.xdel(FLOW_EVENTS.wire, middle[0])

        assert middle[1][b"body"] in await said(bus, 3)


@pytest.fixture
def settled_at_once(monkeypatch):
    monkeypatch.setattr(survey_module, "SETTLED_AFTER", "0 seconds")


async def kept_fact(database, relay: Relay) -> FlowSaved:
    """A fact that was said, and that two passes have seen in its stream."""
    fact = saved()
    async with database.transaction() as connection:
        rows = await OUTBOX.add(connection, [row(fact)])
    await relay._say(rows)
    for _ in range(2):
        await relay._pass()
    return fact


async def test_a_fact_that_was_seen_in_its_stream_is_not_read_again(database, bus, settled_at_once):
    relay, survey = Relay(database, bus, OUTBOX), survey_module.Survey(bus, OUTBOX.schema)
    await kept_fact(database, relay)
    read = []
    for _ in range(2):
        streams = await survey.streams()
        async with database.transaction() as connection:
            _, records = await survey.read(connection, streams)
        assert await survey.lost(records, streams) == []
        read.append(len(records))

    assert read == [1, 0]


@pytest.mark.parametrize("lose", ["flushall", "trim"])
async def test_a_fact_that_the_stream_loses_long_after_it_was_seen_is_said_again(database, bus, settled_at_once, lose):
    relay = Relay(database, bus, OUTBOX)
    fact = await kept_fact(database, relay)
    if lose == "flushall":
        await bus.client.flushall()
    else:
        await bus.client.xtrim(FLOW_EVENTS.wire, maxlen=0, approximate=False)
    await relay._pass()

    assert await said(bus, 1) == [fact.model_dump_json().encode()]


async def test_a_fact_said_into_an_empty_stream_between_the_two_looks_of_a_pass_is_not_said_again(
    database, bus, settled_at_once
):
    relay, survey = Relay(database, bus, OUTBOX), survey_module.Survey(bus, OUTBOX.schema)

    async def lost(streams: survey_module.Streams) -> list[survey_module.Said]:
        async with database.transaction() as connection:
            _, records = await survey.read(connection, streams)
        return await survey.lost(records, streams)

    await kept_fact(database, relay)
    assert await lost(await survey.streams()) == [], "the stream is known now"
    async with database.transaction() as connection:
        await connection.execute("DELETE FROM house.outbox; DELETE FROM house.outbox_said")
    await bus.client.xtrim(FLOW_EVENTS.wire, maxlen=0, approximate=False)
    before = await survey.streams()
    async with database.transaction() as connection:
        rows = await OUTBOX.add(connection, [row(saved())])
    await relay._say(rows)

    assert await lost(before) == []
    await bus.client.xtrim(FLOW_EVENTS.wire, maxlen=0, approximate=False)
    assert [said.rows for said in await lost(await survey.streams())] == [[rows[0].id]]


async def test_what_was_lost_too_early_to_be_said_again_is_not_forgotten(database, bus, settled_at_once, monkeypatch):
    relay = Relay(database, bus, OUTBOX)
    fact = await kept_fact(database, relay)
    monkeypatch.setattr(survey_module, "patience_s", lambda _times: 3600)
    await bus.client.flushall()
    for _ in range(2):
        await relay._pass()
    assert await bus.client.xlen(FLOW_EVENTS.wire) == 0
    monkeypatch.undo()
    await relay._pass()

    assert await said(bus, 1) == [fact.model_dump_json().encode()]


async def test_a_row_behind_the_mark_is_said_after_a_failure_and_when_all_rows_are_looked_at(
    database, bus, settled_at_once, monkeypatch
):
    monkeypatch.setattr(survey_module, "UNSAID_AFTER", "0 seconds")
    relay = Relay(database, bus, OUTBOX)
    async with database.transaction() as slow:
        await OUTBOX.add(slow, [row(late := saved())])
        fact = await kept_fact(database, relay)
    await relay._pass()
    assert await said(bus, 1) == [fact.model_dump_json().encode()], "it lies behind the mark"
    monkeypatch.setattr(survey_module, "ALL_ROWS_EVERY_S", 0)
    await relay._pass()
    assert late.model_dump_json().encode() in await said(bus, 2)

    monkeypatch.setattr(survey_module, "ALL_ROWS_EVERY_S", 300)
    async with database.transaction() as slow:
        await OUTBOX.add(slow, [row(late := saved())])
        await kept_fact(database, relay)
    relay._survey.forget()
    await relay._pass()
    assert late.model_dump_json().encode() in await said(bus, 4)


def test_patience_begins_at_once_and_doubles_from_ten_seconds_to_ten_minutes():
    assert [survey_module.patience_s(times) for times in (1, 2, 3, 4, 50)] == [0, 10, 20, 40, 600]


async def test_facts_that_every_hearer_passed_are_trimmed_and_confirmed_together(database, bus):
    async with relaying(database, bus) as relay:
        async with database.transaction() as connection:
            rows = await OUTBOX.add(connection, [row(saved()) for _ in range(10)])
        relay.say_soon(rows)
        await said(bus, 10)
        janitor = Janitor(database, bus, OUTBOX, [FLOW_EVENTS], retention_s=0)

        await janitor.clean()
        assert await bus.client.xlen(FLOW_EVENTS.wire) == 10, "its hearer's group does not exist yet"
        await bus.client.xgroup_create(FLOW_EVENTS.wire, "scheduler", id="0")
        await janitor.clean()
        assert await bus.client.xlen(FLOW_EVENTS.wire) == 10, "nobody has read yet"
        read = await bus.client.xreadgroup("scheduler", "one", {FLOW_EVENTS.wire: ">"}, count=8)
        await janitor.clean()
        assert await bus.client.xlen(FLOW_EVENTS.wire) == 10, "read, and not acknowledged"
        await bus.client.xack(FLOW_EVENTS.wire, "scheduler", *[entry_id for entry_id, _ in read[0][1]])
        await janitor.clean()
        assert await bus.client.xlen(FLOW_EVENTS.wire) == 3, "the last one passed marks the place"
        read = await bus.client.xreadgroup("scheduler", "one", {FLOW_EVENTS.wire: ">"})
        await bus.client.xack(FLOW_EVENTS.wire, "scheduler", *[entry_id for entry_id, _ in read[0][1]])
        await bus.client.xadd(FLOW_EVENTS.wire, encode(FLOW_EVENTS, saved()).fields())
        read = await bus.client.xreadgroup("scheduler", "one", {FLOW_EVENTS.wire: ">"})
        await bus.client.xack(FLOW_EVENTS.wire, "scheduler", *[entry_id for entry_id, _ in read[0][1]])
        await janitor.clean()

        assert await count(database, "outbox") == 0
        assert await count(database, "outbox_said") == 0


async def test_a_command_given_twice_at_once_is_applied_once_and_answered_twice(database):
    inbox, command = Inbox("house"), uuid7()

    async def apply() -> object:
        async with database.session() as session:
            answer = await inbox.find_answer(session, command)
            if answer is None:
                answer = {"made": str(uuid7())}
                await asyncio.sleep(0.05)
                await inbox.keep_answer(session, command, answer)
            return answer

    first, second = await asyncio.gather(apply(), apply())

    assert first == second


async def test_a_fact_that_the_stream_lost_unread_is_not_confirmed_by_what_was_read_after_it(database, bus):
    relay = Relay(database, bus, OUTBOX)
    lost = saved()
    async with database.transaction() as connection:
        rows = await OUTBOX.add(connection, [row(lost)])
    await relay._say(rows)
    await bus.client.flushall()
    await bus.client.xgroup_create(FLOW_EVENTS.wire, "scheduler", id="0", mkstream=True)
    for _ in range(2):
        await bus.client.xadd(FLOW_EVENTS.wire, encode(FLOW_EVENTS, saved()).fields())
    read = await bus.client.xreadgroup("scheduler", "one", {FLOW_EVENTS.wire: ">"})
    await bus.client.xack(FLOW_EVENTS.wire, "scheduler", *[entry_id for entry_id, _ in read[0][1]])
    await Janitor(database, bus, OUTBOX, [FLOW_EVENTS], retention_s=0).clean()
    assert await count(database, "outbox") == 1, "nobody has heard it"
    await relay._pass()

    assert lost.model_dump_json().encode() in await said(bus, 2)


async def test_unsaid_rows_are_found_by_one_join_however_many_facts_are_kept(database):
    async with database.transaction() as connection:
        await connection.execute(
            "INSERT INTO house.outbox_said (topic, stream, rows, first_entry, last_entry)"
            " SELECT 't', 's', ARRAY(SELECT generate_series(g * 10, g * 10 + 9)::bigint), '1-1', '1-1'"
            " FROM generate_series(1, 20000) AS g"
        )
        await connection.execute(
            "INSERT INTO house.outbox (key, topic, type, body)"
            " SELECT gen_random_uuid(), 't', 't', 'body' FROM generate_series(1, 20000)"
        )
        await connection.execute("ANALYZE house.outbox, house.outbox_said")
        plan = await connection.fetch("EXPLAIN " + survey_module.unsaid_sql("house"), 0, 0)

    assert not [line["QUERY PLAN"] for line in plan if "SubPlan" in line["QUERY PLAN"]]
