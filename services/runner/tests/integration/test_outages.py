import asyncio
from itertools import pairwise

import asyncpg
import pytest

pytestmark = pytest.mark.integration

SHORT = "name: short\nsteps:\n  - id: wait\n    action: delay\n    config: {duration: 1s}\n"


async def _one_end_each(house, requests):
    await house.until_finished(*requests)
    for request in requests:
        events = house.events[request.execution_id, 1]
        assert sorted(events) == list(range(1, len(events) + 1))
        assert house.finished[request.execution_id][0]["status"] == "passed"
    rows = await house.rows("SELECT run, state, count(*) FROM agents.runs GROUP BY 1, 2")
    assert [tuple(row) for row in rows] == [(1, "ended", len(requests))]


async def test_nothing_is_lost_or_repeated_while_the_stream_server_is_silent(house):
    requests = [house.request(SHORT) for _ in range(100)]
    await house.ask(*requests)
    house.start_runner(slots=20)
    await house.until(lambda: any(house.step_started(request, "wait") for request in requests))

    await house.redis.execute_command("CLIENT", "PAUSE", 7000, "ALL")

    await _one_end_each(house, requests)


async def test_an_end_is_not_written_before_all_that_led_to_it_is_said(house):
    request = house.request(SHORT)
    await house.ask(request)
    house.start_runner(slots=1)
    await house.until(lambda: house.step_started(request, "wait"))

    await house.redis.execute_command("CLIENT", "PAUSE", 4000, "ALL")
    await asyncio.sleep(2.5)  # the flow has ended long ago, and nobody can have heard of it
    rows = await house.rows("SELECT state FROM agents.runs")

    assert [row["state"] for row in rows] == ["held"]
    await _one_end_each(house, [request])


async def test_nothing_is_lost_or_repeated_while_the_database_refuses(house):
    requests = [house.request(SHORT) for _ in range(100)]
    await house.ask(*requests)
    house.start_runner(slots=20)
    await house.until(lambda: any(house.step_started(request, "wait") for request in requests))

    await _refuse_for_a_while(house)

    await _one_end_each(house, requests)


async def test_who_asks_for_a_key_while_the_database_refuses_runs_once_and_alone(house):
    source = SHORT.replace("1s", "200ms") + "concurrency: {key: staging}\n"
    requests = [house.request(source) for _ in range(20)]
    house.start_runner(slots=20)
    house.start_runner(slots=20)
    await house.ask(*requests)
    await house.until(lambda: any(house.step_started(request, "wait") for request in requests))

    await _refuse_for_a_while(house)

    await house.until_finished(*requests)
    spans = []
    for request in requests:
        events = house.events[request.execution_id, 1]
        assert house.finished[request.execution_id][0]["status"] == "passed"
        spans.append((events[1]["started_at"], events[max(events)]["finished_at"]))
    assert all(before[1] <= after[0] for before, after in pairwise(sorted(spans)))
    rows = await house.rows("SELECT run, state, count(*) FROM agents.runs GROUP BY 1, 2")
    assert [tuple(row) for row in rows] == [(1, "ended", len(requests))]


async def _refuse_for_a_while(house):
    base, _, name = house.owner_url.rpartition("/")
    owner = await asyncpg.connect(f"{base}/postgres")
    await owner.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    for _ in range(8):
        await owner.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
        await asyncio.sleep(0.5)  # the outage lasts
    await owner.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    await owner.close()
