"""Giving a key on beside the look around of the same runner."""

import asyncio
from types import SimpleNamespace

import pytest
import pytest_asyncio

from testmesh_chassis.bus import Bus
from testmesh_chassis.database import Database
from testmesh_contracts.topics import EVENTS
from testmesh_engine.actions import BUILT_IN, ActionRegistry
from testmesh_engine.artifacts import FolderStore
from testmesh_engine.egress.rules import Egresses
from testmesh_runner.assignments import Assignment
from testmesh_runner.bodies import Bodies
from testmesh_runner.endings import Endings
from testmesh_runner.execution import Workshop
from testmesh_runner.intake import Intake
from testmesh_runner.lived_clock import LivedClock
from testmesh_runner.locks import Locks
from testmesh_runner.publisher import Publisher
from testmesh_runner.requests import Requests
from testmesh_runner.runs import Runs
from testmesh_runner.slots import Slots
from testmesh_runner.takeover import Takeover
from testmesh_runner.unconfirmed import Unconfirmed
from testmesh_sdk import Resources

pytestmark = pytest.mark.integration

ME = "me"
KEYED = """name: keyed
concurrency: {{key: deploy}}
steps:
  - action: delay
    config: {{duration: {duration}}}
"""


class LateReplies(Runs):
    """The runs, where the reply to taking one row comes late."""

    def __init__(self, *args):
        super().__init__(*args)
        self.taken = asyncio.Event()
        self.reply = asyncio.Event()

    async def take_one_free(self, execution_id):
        found = await super().take_one_free(execution_id)
        self.taken.set()
        await self.reply.wait()
        return found


class Bench:
    """A runner's intake in this process."""

    def __init__(self, house, service_url, folder):
        self.database = Database(service_url, name="test", connections=3)
        self.runs, self.slots = LateReplies(self.database, ME), Slots(5)
        self.bus, registry = Bus(house.redis_url, "runner", ME), ActionRegistry(BUILT_IN)
        self.bus.says(EVENTS)
        self.publisher = Publisher(self.bus, folder)
        self.unconfirmed = Unconfirmed(self.runs, self.publisher)
        self.endings, self.requests = Endings(self.runs), Requests(house.redis_url, ME)
        locks = Locks(self.database, ME, known=lambda: [run.execution_id for run in self.slots])
        self.workshop = Workshop(
            ME,
            locks,
            Bodies(folder, folder, registry),
            registry,
            Resources(),
            Egresses("open"),
            FolderStore(folder),
            self.publisher,
            self.endings,
            self.unconfirmed,
            LivedClock(),
        )
        nobody_judged = SimpleNamespace(may_judge=False)
        self.takeover = Takeover(self.runs, locks, self.slots, self.unconfirmed, self.requests, nobody_judged)
        self.intake = Intake(self.requests, self.runs, self.slots, self.takeover, self.workshop)

    async def start(self):
        for part in (self.database, self.publisher, self.endings, self.intake):
            await part.start()

    async def stop(self):
        self.runs.reply.set()
        await self.intake.stop()
        for run in self.slots:
            run.stop()
        await self.intake.wait_for_runs(5)
        await self.endings.stop()
        await self.publisher.stop()
        await self.bus.client.aclose()
        await self.requests.close()
        await self.database.stop()


@pytest_asyncio.fixture
async def bench(house, service_url, tmp_path):
    await house.rows(
        "INSERT INTO agents.runners (id, hostname, version, capacity, state) VALUES ($1, 'here', '1', 5, 'ready')", ME
    )
    built = Bench(house, service_url, tmp_path)
    await built.start()
    yield built
    await built.stop()


async def _row(house, request):
    [row] = await house.rows("SELECT state, claim FROM agents.runs WHERE execution_id = $1", request.execution_id)
    return row["state"], row["claim"]


async def test_a_run_that_is_granted_while_the_runner_looks_around_is_carried_out_under_its_claim(house, bench):
    holder = house.request(KEYED.format(duration="1s"))
    following = house.request(KEYED.format(duration="60s"), project_id=holder.project_id)
    await house.ask(holder)
    await house.until(lambda: bench.slots.held)
    await house.ask(following)
    await house.until(lambda: _is(house, following, "parked"))
    await asyncio.wait_for(bench.runs.taken.wait(), 20)

    bench.takeover.suspect_lost_reply()
    bench.intake.look_around()
    neighbour = house.request()
    await house.ask(neighbour)
    await asyncio.sleep(1.5)  # longer than a read waits, so that the look around has begun
    bench.runs.reply.set()
    await house.until(lambda: _has_row(house, neighbour))

    state, claim = await _row(house, following)
    assert state == "held"
    assert (following.execution_id, claim) in bench.slots.held


async def _is(house, request, state):
    return await _has_row(house, request) and (await _row(house, request))[0] == state


async def _has_row(house, request):
    return bool(await house.rows("SELECT 1 FROM agents.runs WHERE execution_id = $1", request.execution_id))


async def test_an_assignment_that_comes_late_revokes_no_newer_one(house, bench):
    request = house.request("name: long\nsteps:\n  - action: delay\n    config: {duration: 60s}\n")
    bench.intake.begin(Assignment(request.execution_id, 1, 4, request))

    bench.intake.begin(Assignment(request.execution_id, 1, 3, request))

    assert bench.slots.held == [(request.execution_id, 4)]
    assert bench.publisher.find(request.execution_id).place.claim == 4


async def test_a_keyed_run_that_breaks_down_gives_its_slot_back_before_anything_is_asked(house, bench, monkeypatch):
    broken, asked = asyncio.Event(), asyncio.Event()

    async def no_end(ending):
        broken.set()
        raise RuntimeError("a fault of ours")

    async def no_answer(key):
        await asked.wait()

    with monkeypatch.context() as patch:
        patch.setattr(bench.endings, "write", no_end)
        patch.setattr(bench.workshop.locks, "settle", no_answer)
        request = house.request(KEYED.format(duration="10ms"), max_runs=2)
        await house.ask(request)
        await asyncio.wait_for(broken.wait(), 20)
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # what is called when a task is done has been called
        held = bench.slots.held
        asked.set()
    assert not held

    bench.intake.look_around()

    await house.until(lambda: _is(house, request, "ended"), within_s=20)
