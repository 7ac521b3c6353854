"""What the rows of `agents.locks` come to, asked without runners."""

from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from testmesh_chassis.database import Database
from testmesh_contracts import uuid7
from testmesh_runner.locks import UNSETTLED, Key, Locks

pytestmark = pytest.mark.integration

ME = "me"
PROJECT = uuid4()
KEY = Key(PROJECT, "deploy")
MANY = 20_000


class Table:
    """Rows as runs leave them, and the locks of one living runner over them."""

    def __init__(self, owner, database):
        self.owner = owner
        self.locks = Locks(database, ME, known=lambda: self.known)
        self.known = []

    async def put(self, state, *, key=KEY, held=None, due=False):
        """Write a run, and its lock where `held` says whether it has the key or waits for it."""
        [execution_id] = await self.put_many(1, state, key=key, held=held, due=due)
        return execution_id

    async def put_many(self, count, state, *, key=KEY, held=None, due=False):
        ids = sorted(uuid7() for _ in range(count))
        start_by = "now() + interval '1 h' * " + ("-1" if due else "1")
        await self.owner.execute(
            "INSERT INTO agents.runs (execution_id, claim, runner_id, state, started, start_by)"
            f" SELECT id, 1, $2, $3, false, {start_by} FROM unnest($1::uuid[]) id",
            ids,
            ME if state == "held" else None,
            state,
        )
        if held is not None:
            await self.owner.execute(
                "INSERT INTO agents.locks (execution_id, project_id, key, policy, held, start_by)"
                f" SELECT id, $2, $3, 'queue', $4, {start_by} FROM unnest($1::uuid[]) id",
                ids,
                key.project_id,
                key.text,
                held,
            )
        if state == "held":
            self.known += ids
        return ids

    async def cancel(self, execution_id):
        await self.owner.execute(
            "INSERT INTO agents.cancels (execution_id, project_id, reason) VALUES ($1, $2, 'enough')",
            execution_id,
            PROJECT,
        )

    async def state(self, execution_id):
        return await self.owner.fetchval("SELECT state FROM agents.runs WHERE execution_id = $1", execution_id)

    async def holders(self):
        rows = await self.owner.fetch("SELECT execution_id FROM agents.locks WHERE held")
        return [row["execution_id"] for row in rows]

    async def waiters(self):
        rows = await self.owner.fetch("SELECT execution_id FROM agents.locks WHERE NOT held")
        return [row["execution_id"] for row in rows]

    async def unsettled(self):
        return [row["key"] for row in await self.owner.fetch(UNSETTLED, ME, self.known, 1000)]


@pytest_asyncio.fixture
async def table(database_url, service_url):
    owner = await asyncpg.connect(database_url)
    await owner.execute(
        "INSERT INTO agents.runners (id, hostname, version, capacity, state) VALUES ($1, 'here', '1', 5, 'ready')", ME
    )
    database = Database(service_url, name="test", connections=2)
    await database.start()
    yield Table(owner, database)
    await database.stop()
    await owner.close()


@pytest.mark.parametrize("lapsed", ["cancelled", "due"])
async def test_nobody_is_skipped_for_a_waiter_that_starts_no_more(table, lapsed):
    waiter = await table.put("parked", held=False, due=lapsed == "due")
    if lapsed == "cancelled":
        await table.cancel(waiter)
    newcomer = await table.put("held")

    answer = await table.locks.ask(KEY, newcomer, 1, "skip")

    assert answer.verdict == "held"


async def test_who_skips_is_left_out_for_a_waiter_that_will_have_the_key(table):
    waiter = await table.put("parked", held=False)
    newcomer = await table.put("held")

    answer = await table.locks.ask(KEY, newcomer, 1, "skip")

    assert (answer.verdict, answer.other) == ("skipped", waiter)


@pytest.mark.parametrize("lapsed", ["cancelled", "due"])
async def test_a_waiter_that_starts_no_more_is_woken_and_waits_for_the_key_no_longer(table, lapsed):
    holder, patient = await table.put("held", held=True), await table.put("parked", held=False)
    waiter = await table.put("parked", held=False, due=lapsed == "due")
    if lapsed == "cancelled":
        await table.cancel(waiter)

    await table.locks.settle_all()

    assert await table.state(waiter) == "waiting"
    assert await table.state(patient) == "parked"
    assert await table.holders() == [holder]
    assert await table.waiters() == [patient]
    assert not await table.unsettled()


@pytest.mark.parametrize("over", ["ended", "confirmed"])
async def test_a_key_whose_holder_is_over_goes_to_the_first_waiter(table, over):
    await table.put(over, held=True)
    first, second = await table.put_many(2, "parked", held=False)

    await table.locks.settle_all()

    assert await table.holders() == [first]
    assert (await table.state(first), await table.state(second)) == ("waiting", "parked")
    assert not await table.unsettled()


async def test_waiters_that_storage_decided_on_leave_nothing_behind(table):
    await table.put("confirmed", held=False)

    await table.locks.settle_all()

    assert not await table.waiters()
    assert not await table.unsettled()


async def test_a_run_that_is_parked_takes_its_time_to_start_along(table):
    await table.put("held", held=True)
    late = await table.put("held", due=True)
    assert (await table.locks.ask(KEY, late, 1, "queue")).verdict == "parked"

    await table.locks.settle_all()

    assert await table.state(late) == "waiting"


async def test_keys_whose_woken_waiters_have_no_slot_yet_hide_no_other_key(table):
    for number in range(110):
        await table.put("parked", key=Key(PROJECT, f"a{number:03}"), held=False)
        await table.put("waiting", key=Key(PROJECT, f"b{number:03}"), held=False)
    last = await table.put("parked", key=Key(PROJECT, "z"), held=False)

    for _ in range(3):  # a hundred keys each
        await table.locks.settle_all()

    assert await table.state(last) == "waiting"
    assert not await table.unsettled()


@pytest.mark.parametrize("statistics", ["as they come", "up to date"])
async def test_a_look_around_reads_no_more_for_thousands_who_wait(table, statistics):
    await table.put("held", held=True)
    await table.put_many(MANY, "parked", held=False)
    if statistics == "up to date":
        await table.owner.execute("ANALYZE agents.runs, agents.locks")

    plan = await table.owner.fetch(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) {UNSETTLED}", ME, table.known, 100)

    text = "\n".join(row[0] for row in plan)
    assert _buffers(text) < 100, text


def _buffers(plan):
    """Return how many pages the whole question read: the first line of buffers is that of the topmost node."""
    line = next(line for line in plan.splitlines() if "Buffers: shared" in line)
    return sum(int(word.partition("=")[2]) for word in line.split() if word.startswith(("hit=", "read=")))
