"""Months have their partitions before they begin; rows in the default one find their way."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from testmesh_storage.partitions import Partitions

pytestmark = pytest.mark.integration

TABLES = "executions", "execution_steps", "logs"
OF_MONTHS = (
    "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = 'executions' AND c.relkind = 'r' AND c.relispartition AND c.relname !~ 'default'"
)


async def test_this_month_and_three_ahead_have_partitions_from_the_first_migration(house):
    found = await house.rows(OF_MONTHS)

    assert len(found) == len(TABLES) * 4


async def test_partitions_are_made_once_however_often_they_are_asked_for(house):
    partitions = Partitions(house.database, 5)
    await partitions.make()
    await partitions.make()

    assert len(await house.rows(OF_MONTHS)) == len(TABLES) * 6


async def test_an_execution_lies_in_the_partition_of_its_month_and_one_of_the_past_in_the_default(house, tell):
    today, old = tell(), tell(datetime(2020, 2, 3, tzinfo=UTC))
    await house.requests(today.request(), old.request())
    places = await house.rows("SELECT id, tableoid::regclass::text AS place FROM executions.executions")

    assert {record["id"]: record["place"] for record in places} == {
        today.id: f"executions.executions_{today.at:%Y_%m}",
        old.id: "executions.executions_default",
    }


async def test_rows_in_the_default_partition_move_to_their_months_when_it_is_made(house, tell):
    later = tell(datetime.now(UTC).replace(day=1) + timedelta(days=160))
    await house.events(later.pack(later.started(), later.step()))
    await Partitions(house.database, 6).make()
    place = await house.row("SELECT tableoid::regclass::text AS place FROM executions.executions")
    step = await house.row("SELECT tableoid::regclass::text AS place FROM executions.execution_steps")

    assert place["place"] == f"executions.executions_{later.at:%Y_%m}"
    assert step["place"] == f"executions.execution_steps_{later.at:%Y_%m}"


async def test_months_that_are_over_are_dropped_with_all_that_hangs_on_them(house, tell):
    partitions = Partitions(house.database, 3)
    old, young = tell(datetime(2020, 2, 3, tzinfo=UTC)), tell()
    for tale in (old, young):
        await house.events(tale.pack(tale.started(), tale.step(), tale.finished()))

    assert await partitions.drop(datetime.now(UTC)) == 0
    assert [record["id"] for record in await house.rows("SELECT id FROM executions.executions")] == [young.id]
    assert len(await house.rows("SELECT * FROM executions.runs")) == 1
    assert await partitions.drop(datetime.now(UTC) + timedelta(days=32)) == len(TABLES)
    assert await house.rows("SELECT * FROM executions.execution_steps") == []


async def test_the_service_itself_may_not_change_tables(house):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await house.rows("CREATE TABLE executions.mine (id int)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await house.rows("DROP TABLE executions.logs")


async def test_updates_of_an_execution_stay_in_their_page(house, tell):
    tales = [tell() for _ in range(200)]
    await house.requests(*(tale.request() for tale in tales))
    await house.events(*(tale.pack(tale.started()) for tale in tales))
    async with house.database.connection() as connection:
        await connection.execute("SELECT pg_stat_force_next_flush()")
        updates = await connection.fetchrow(
            "SELECT sum(n_tup_upd) AS all, sum(n_tup_hot_upd) AS hot FROM pg_stat_user_tables"
            " WHERE relname LIKE 'executions\\_%'"
        )

    assert updates["all"] == 200
    assert updates["hot"] > 100
