"""A stream folded into rows: in order, once, by one owner."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from testmesh_chassis.bus import Fold, Folded
from testmesh_chassis.bus import fold as fold_module
from testmesh_chassis.bus.client import connect
from testmesh_chassis.bus.fold import LEASE_S
from testmesh_chassis.bus.reader import StreamReader
from testmesh_chassis.database import Database
from testmesh_contracts import encode, uuid7
from testmesh_contracts.executions import ResendEvents
from testmesh_contracts.topics import CONTROL

pytestmark = pytest.mark.integration


class House:
    """Keeps each entry as a row; refuses what it is told to refuse."""

    def __init__(self) -> None:
        self.refused = None
        self.batches: list[int] = []
        self.hold = asyncio.Event()
        self.hold.set()

    async def apply(self, connection, batch):
        self.batches.append(len(batch))
        for received in batch:
            await connection.execute("SELECT $1::int", received.message.run)
        for received in batch:
            run = None if received.message.execution_id == self.refused else received.entry_id
            await connection.execute(
                "INSERT INTO house.seen (entry, execution) VALUES ($1, $2)",
                run if run is not None else "\x00",
                received.message.execution_id,
            )
        await self.hold.wait()

    async def mark_dead(self, connection, message, fields):
        execution = message.execution_id if message else None
        await connection.execute("INSERT INTO house.seen (entry, execution) VALUES ('dead', $1)", execution)


@pytest.fixture
async def client(redis_url: str):
    client = connect(redis_url)
    yield client
    await client.aclose()


def fold_of(database: Database, client, redis_url: str, house: House, owner: str = "one") -> Fold:
    return Fold(
        database,
        client,
        redis_url,
        schema="house",
        topic=CONTROL,
        owner=owner,
        folded=Folded(house.apply, house.mark_dead),
    )


@asynccontextmanager
async def running(*folds: Fold) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(fold.run()) for fold in folds]
    try:
        yield
    finally:
        for fold in folds:
            fold.stop()
        await asyncio.gather(*tasks)


async def say(client, count: int) -> list:
    ids = [uuid7() for _ in range(count)]
    for execution_id in ids:
        entry = encode(CONTROL, ResendEvents(execution_id=execution_id, run=1, from_seq=1))
        await client.xadd(CONTROL.wire, entry.fields())
    return ids


async def rows(database: Database) -> list:
    async with database.connection() as connection:
        return await connection.fetch("SELECT entry, execution FROM house.seen")


async def until_rows(database: Database, count: int, within_s: float = 20) -> list:
    async with asyncio.timeout(within_s):
        while len(found := await rows(database)) < count:
            await asyncio.sleep(0.02)
    return found


async def test_entries_become_rows_in_order_and_once_over_a_restart(database, client, redis_url):
    house = House()
    first = await say(client, 50)
    async with running(fold_of(database, client, redis_url, house)):
        await until_rows(database, 50)
    second = await say(client, 50)
    async with running(fold_of(database, client, redis_url, house)):
        found = await until_rows(database, 100)

    assert [row["execution"] for row in found] == first + second


async def test_of_two_replicas_one_folds_and_the_other_takes_over_when_it_stops(database, client, redis_url):
    first, second = House(), House()
    async with running(fold_of(database, client, redis_url, second, "b")):
        async with running(fold_of(database, client, redis_url, first, "a")):
            await say(client, 30)
            await until_rows(database, 30)
            assert not (first.batches and second.batches)
        await say(client, 30)
        await until_rows(database, 60)
    assert sum(first.batches) + sum(second.batches) == 60


async def test_an_owner_whose_lease_was_taken_writes_nothing_more(database, client, redis_url):
    house = House()
    async with running(fold_of(database, client, redis_url, house, "slow")):
        house.hold.clear()
        await say(client, 1)
        async with asyncio.timeout(10):
            while not house.batches:
                await asyncio.sleep(0.02)
        async with database.connection() as connection:
            await connection.execute(
                "UPDATE house.folds SET owner = 'other', epoch = epoch + 1,"
                f" leased_until = clock_timestamp() + interval '{LEASE_S * 10} s'"
            )
        house.hold.set()
        await asyncio.sleep(0.5)

        assert await rows(database) == []


async def test_an_entry_that_the_database_refuses_is_buried_and_its_neighbours_are_folded(database, client, redis_url):
    house = House()
    ids = await say(client, 40)
    house.refused = ids[17]
    async with running(fold_of(database, client, redis_url, house)):
        found = await until_rows(database, 40)

    assert [row["execution"] for row in found if row["entry"] != "dead"] == ids[:17] + ids[18:]
    assert [row["execution"] for row in found if row["entry"] == "dead"] == [ids[17]]
    dead = await client.xrange(CONTROL.dead)
    assert len(dead) == 1


async def test_an_unreadable_entry_is_marked_and_buried(database, client, redis_url):
    house = House()
    before = await say(client, 2)
    await client.xadd(CONTROL.wire, {"type": "events.resend", "body": "{}"})
    after = await say(client, 2)
    async with running(fold_of(database, client, redis_url, house)):
        found = await until_rows(database, 5)

    assert [row["execution"] for row in found] == [*before, None, *after]


async def test_after_flushall_what_is_said_again_is_folded(database, client, redis_url):
    house = House()
    async with running(fold_of(database, client, redis_url, house)):
        await say(client, 10)
        await until_rows(database, 10)
        await client.flushall()
        later = await say(client, 10)
        found = await until_rows(database, 20)

    assert [row["execution"] for row in found][10:] == later


async def test_a_stop_ends_a_read_that_waits_and_loses_no_entry(client, redis_url):
    stopped, next_one = StreamReader(redis_url, CONTROL.wire), StreamReader(redis_url, CONTROL.wire)
    reading = asyncio.create_task(stopped.read(block_ms=4_000))
    async with asyncio.timeout(2):
        while not (await client.info("clients"))["blocked_clients"]:
            await asyncio.sleep(0.01)
        stopped.stop()

        assert await reading == []
    await say(client, 1)
    next_one.after = stopped.after
    found = await next_one.read()
    await next_one.close()

    assert len(found) == 1
    assert await stopped.read() == []


async def test_a_read_that_finds_nothing_puts_off_no_later_one(client, redis_url):
    reader = StreamReader(redis_url, CONTROL.wire)
    assert await reader.read(block_ms=1) == []
    assert reader.pace._next_at == 0.0
    await say(client, 1)
    await reader.read()
    await reader.close()

    assert reader.pace._next_at > 0.0


async def test_a_dead_letter_that_cannot_even_be_marked_does_not_stop_the_fold(database, client, redis_url):
    class Unmarking(House):
        async def mark_dead(self, connection, message, fields):
            raise ValueError("not to be marked")

    before = await say(client, 2)
    await client.xadd(CONTROL.wire, {"type": "events.resend", "body": "{}"})
    after = await say(client, 2)
    async with running(fold_of(database, client, redis_url, Unmarking())):
        found = await until_rows(database, 4)

    assert [row["execution"] for row in found] == [*before, *after]
    assert await client.xlen(CONTROL.dead) == 1


async def test_a_number_that_no_column_takes_is_buried_too_and_its_neighbours_are_folded(database, client, redis_url):
    house = House()
    before = await say(client, 3)
    entry = encode(CONTROL, ResendEvents(execution_id=uuid7(), run=2**40, from_seq=1))
    await client.xadd(CONTROL.wire, entry.fields())
    after = await say(client, 3)
    async with running(fold_of(database, client, redis_url, house)):
        found = await until_rows(database, 7)

    assert [row["execution"] for row in found if row["entry"] != "dead"] == before + after
    assert await client.xlen(CONTROL.dead) == 1


class SlowHouse(House):
    """Takes three leases for its effect."""

    async def apply(self, connection, batch):
        self.batches.append(len(batch))
        await connection.execute("SELECT pg_sleep(3)")
        await super().apply(connection, batch)


async def test_an_effect_that_takes_longer_than_the_lease_keeps_it(database, client, redis_url, monkeypatch):
    monkeypatch.setattr(fold_module, "LEASE_S", 1)
    first, second = SlowHouse(), SlowHouse()
    ids = await say(client, 1)
    async with running(fold_of(database, client, redis_url, first)):
        async with asyncio.timeout(10):
            while not first.batches:
                await asyncio.sleep(0.02)
        async with running(fold_of(database, client, redis_url, second, "two")):
            found = await until_rows(database, 1)

    assert [row["execution"] for row in found] == ids
    assert second.batches == []
