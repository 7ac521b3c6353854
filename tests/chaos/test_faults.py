"""Nothing accepted is lost, and nothing ends twice, whichever process dies in the middle of a load."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import psutil
import pytest
from tests.house.listener import ResultListener
from tests.house.running import House, running_house, wait

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio]
COUNT = 1000
FLOW = """
name: busy
steps:
  - {id: work, action: delay, config: {duration: 150ms}}
  - {id: judge, action: assert, config: {data: {n: 1}, assertions: ["data.n == 1"]}}
"""


async def finished(house: House) -> int:
    rows = await house.rows("SELECT count(*) FROM executions.executions WHERE finished_at IS NOT NULL")
    return rows[0]["count"]


async def held(house: House) -> int:
    return (await house.rows("SELECT count(*) FROM agents.runs WHERE state = 'held'"))[0]["count"]


async def unconfirmed(house: House) -> int:
    return (await house.rows("SELECT count(*) FROM users.outbox"))[0]["count"]


async def wait_for(question, what: str, within_s: float = 120) -> None:
    async with asyncio.timeout(within_s):
        while not await question():
            await asyncio.sleep(0.1)


class Load:
    """A thousand executions started in one POST."""

    def __init__(self, house: House, before: int) -> None:
        self.house = house
        self.before = before
        self.ids = house.start_executions(FLOW, COUNT)

    async def until_under_way(self) -> None:
        async def under_way() -> bool:
            return 0 < await finished(self.house) - self.before < COUNT * 0.8

        await wait_for(under_way, "the load to be under way")

    async def check(self, listener: ResultListener) -> None:
        """Every execution passed, was told under one event id, and left nothing behind."""

        async def all_finished() -> bool:
            return await finished(self.house) - self.before >= COUNT

        await wait_for(all_finished, "every execution to finish")
        rows = await self.house.rows(
            "SELECT id, status, error_message FROM executions.executions WHERE id = ANY($1::uuid[])",
            [UUID(i) for i in self.ids],
        )
        assert {str(row["id"]) for row in rows} == set(self.ids)
        assert {(row["status"], row["error_message"]) for row in rows} == {("passed", None)}

        async def all_told() -> bool:
            return all(listener.event_ids.get(execution) for execution in self.ids)

        await wait_for(all_told, "every result to be said")
        assert {len(listener.event_ids[execution]) for execution in self.ids} == {1}
        assert {frozenset(listener.statuses[execution]) for execution in self.ids} == {frozenset({"passed"})}

        async def confirmed() -> bool:
            return await unconfirmed(self.house) == 0

        await wait_for(confirmed, "the outbox to be empty")


async def test_a_thousand_executions_in_one_post_all_finish_once(house: House):
    with ResultListener(house.record["redis_url"]) as listener:
        load = Load(house, await finished(house))
        await load.check(listener)


@pytest.mark.parametrize("service", ["runner", "storage", "api", "valkey"])
async def test_a_killed_process_loses_nothing_and_doubles_nothing(house: House, service: str):
    with ResultListener(house.record["redis_url"]) as listener:
        load = Load(house, await finished(house))
        await load.until_under_way()
        assert await held(house) > 0, "the runner was not busy"
        assert await unconfirmed(house) > 0, "the api waited for nothing"

        killed = house.kill(service)
        house.until_restarted(service, killed)

        await load.check(listener)


async def test_flushall_in_mid_load_loses_nothing_and_doubles_nothing(house: House):
    with ResultListener(house.record["redis_url"]) as listener:
        load = Load(house, await finished(house))
        await load.until_under_way()
        assert await held(house) > 0, "the runner was not busy"

        client = house.redis()
        await client.flushall()
        await client.aclose()

        await load.check(listener)


async def test_a_killed_scheduler_fires_every_due_slot_once(house: House):
    flow = house.api.post("/flows", content=FLOW, headers={"Content-Type": "application/yaml"})
    assert flow.status_code == 201, flow.text
    for number in range(150):
        body = {"name": f"schedule {number}", "flow_id": flow.json()["id"], "cron_expression": "0 0 1 1 *"}
        assert house.api.post("/schedules", json=body).status_code == 201

    storage = house.pid("storage")
    os.kill(storage, signal.SIGSTOP)
    await house.rows("UPDATE scheduler.schedules SET next_run_at = clock_timestamp()")

    async def due() -> bool:
        return (await house.rows("SELECT count(*) FROM scheduler.fires WHERE state = 'due'"))[0]["count"] > 0

    await wait_for(due, "slots to be due and not yet fired")
    killed = house.kill("scheduler")
    os.kill(storage, signal.SIGCONT)
    house.until_restarted("scheduler", killed)

    async def fired() -> bool:
        rows = await house.rows("SELECT state, count(*) FROM scheduler.fires GROUP BY state")
        return {row["state"]: row["count"] for row in rows} == {"fired": 150}

    await wait_for(fired, "every slot to fire")

    async def all_passed() -> bool:
        rows = await house.rows(
            "SELECT e.status FROM executions.executions e JOIN scheduler.fires f ON f.execution_id = e.id"
        )
        return [row["status"] for row in rows] == ["passed"] * 150

    await wait_for(all_passed, "every scheduled execution to pass once")
    scheduled = await house.rows("SELECT count(*) FROM executions.executions WHERE trigger_type = 'scheduled'")
    assert scheduled[0]["count"] == 150


_CHATTER = "\n".join(f"  - {{id: s{number}, action: delay, config: {{duration: 50ms}}}}" for number in range(300))
CHATTY = f"""
name: chatty
timeout: 2m
steps:
{_CHATTER}
"""
TOLD = "SELECT count(DISTINCT execution_id) FROM executions.execution_steps WHERE execution_id = ANY($1) AND run = $2"


Felt = Callable[[list[UUID]], Awaitable[bool]]


async def paused_runner(house: House, felt: Felt) -> list[UUID]:
    """Pause a runner beyond its lease, let another take its executions over, wake it; return these executions.

    The machine that wakes has lost its connections to the database, and cannot make new ones until `felt` is
    true: so the runner goes on in good faith, and what it says meets the fence before its heartbeat can tell it
    that its claims are gone.
    """
    started = [UUID(execution) for execution in house.start_executions(CHATTY, 20)]

    async def all_told(executions: list[UUID], run: int) -> bool:
        return (await house.rows(TOLD, executions, run))[0]["count"] == len(executions)

    await wait_for(lambda: all_told(started, 1), "the first runs to be told of")
    rows = await house.rows("SELECT execution_id, runner_id FROM agents.runs WHERE execution_id = ANY($1)", started)
    held: dict[str, list[UUID]] = {}
    for row in rows:
        held.setdefault(row["runner_id"], []).append(row["execution_id"])
    holder, executions = max(held.items(), key=lambda item: len(item[1]))
    paused = house.record["pids"]["runner"][int(holder.split("-")[1]) - 1]
    os.kill(paused, signal.SIGSTOP)
    try:
        await wait_for(lambda: all_told(executions, 2), "another runner to take over")
        await cut_off(house, paused)
        os.kill(paused, signal.SIGCONT)
        await wait_for(lambda: felt(executions), "something that the woken runner said to arrive")
    finally:
        os.kill(paused, signal.SIGCONT)
        await house.rows("ALTER ROLE testmesh_runner LOGIN")
    for execution in executions:
        house.until_finished(str(execution), within_s=120)
    return executions


async def cut_off(house: House, pid: int) -> None:
    """Cut the connections of a process to the database, and let runners make no new ones."""
    ports = [connection.laddr.port for connection in psutil.Process(pid).net_connections("tcp")]
    await house.rows("ALTER ROLE testmesh_runner NOLOGIN")
    await house.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE client_port = ANY($1::int[])", ports)


async def taken_after_newer(house: House, executions: list[UUID]) -> int:
    """Count runs of which an event was taken after the first event of a run with a greater claim (invariant I4)."""
    rows = await house.rows(
        "SELECT count(*) FROM executions.runs older JOIN executions.runs newer USING (execution_id)"
        " WHERE execution_id = ANY($1) AND newer.claim > older.claim AND older.last_event_at > newer.first_event_at",
        executions,
    )
    return rows[0]["count"]


async def test_a_runner_that_wakes_up_after_its_lease_changes_nothing(tmp_path: Path):
    with running_house(tmp_path / "fenced", runners=2) as house:

        async def refused(_: list[UUID]) -> bool:
            return house.metric("storage", "testmesh_fenced_events_total") > 0

        executions = await paused_runner(house, refused)

        rows = await house.rows("SELECT status, run FROM executions.executions WHERE id = ANY($1)", executions)
        assert {(row["status"], row["run"]) for row in rows} == {("passed", 2)}
        assert await taken_after_newer(house, executions) == 0


async def test_control_without_the_fence_an_older_runs_event_is_taken_after_a_newer_runs_first(tmp_path: Path):
    with running_house(tmp_path / "unfenced", runners=2, TESTMESH_STORAGE_FENCE="off") as house:

        async def taken(executions: list[UUID]) -> bool:
            return await taken_after_newer(house, executions) > 0

        await paused_runner(house, taken)


HANGING = """
name: hanging
steps:
  - {id: hang, action: delay, config: {duration: 10m}, timeout: 11m}
teardown:
  - {id: clean, action: log, config: {message: cleaned}}
"""


async def test_a_hanging_flow_is_cancelled_within_a_second_and_its_teardown_runs(house: House):
    execution = house.start_executions(HANGING)[0]
    wait(lambda: house.execution(execution)["status"] == "running", "the flow to hang", 20)

    asked = datetime.now(UTC)
    answer = house.api.post(f"/executions/{execution}/cancel", headers={"Prefer": "wait=10"})
    found = house.until_finished(execution)

    assert answer.status_code in {200, 202}
    assert found["status"] == "cancelled"
    steps = {step["step_id"]: step for step in found["steps"]}
    assert steps["hang"]["status"] == "cancelled"
    assert datetime.fromisoformat(steps["hang"]["finished_at"]) - asked < timedelta(seconds=1)
    assert steps["clean"]["status"] == "passed"


def accepts_cancel(house: House, execution: str) -> bool:
    """Ask as a client does: a 503, such as on a connection that an earlier fault broke, is asked again."""
    answer = house.api.post(f"/executions/{execution}/cancel")
    assert answer.status_code in {202, 503}, answer.text
    return answer.status_code == 202


async def test_a_pending_execution_is_cancelled_at_once(house: House):
    fillers = house.start_executions(HANGING, 60)
    waiting = house.start_executions(FLOW)[0]
    found = house.execution(waiting)
    assert found["status"] == "pending"

    house.api.post(f"/executions/{waiting}/cancel", headers={"Prefer": "wait=10"})
    assert house.until_finished(waiting, within_s=10)["status"] == "cancelled"

    for execution in fillers:
        wait(partial(accepts_cancel, house, execution), "the cancel to be accepted", 10)
    for execution in fillers:
        assert house.until_finished(execution)["status"] == "cancelled"


async def test_a_cancel_sent_right_after_the_start_is_never_missed(house: House):
    for _ in range(30):
        execution = house.start_executions(HANGING)[0]
        assert house.api.post(f"/executions/{execution}/cancel").status_code == 202
        assert house.until_finished(execution, within_s=10)["status"] == "cancelled"
