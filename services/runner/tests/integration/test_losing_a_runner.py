import signal

import pytest

pytestmark = pytest.mark.integration

SLOW = "name: slow\nsteps:\n  - id: wait\n    action: delay\n    config: {duration: 8s}\n"


async def _running(house, *requests):
    await house.until(lambda: all(house.step_started(request, "wait") for request in requests))


async def test_a_killed_runners_flows_are_run_by_another_under_a_greater_claim(house):
    requests = [house.request(SLOW) for _ in range(10)]
    await house.ask(*requests)
    first = house.start_runner()
    await _running(house, *requests)
    house.start_runner()

    first.process.kill()
    await house.until_finished(*requests)

    for request in requests:
        assert house.finished[request.execution_id][0]["status"] == "passed"
        old, new = house.fences[request.execution_id]
        assert new > old
        assert house.events[request.execution_id, 2]
    assert {row["state"] for row in await house.rows("SELECT state FROM agents.runners")} == {"ready", "lost"}


async def test_a_flow_that_must_not_repeat_ends_as_runner_lost(house):
    once, used_up = house.request(SLOW, on_runner_lost="fail"), house.request(SLOW, max_runs=1)
    await house.ask(once, used_up)
    first = house.start_runner()
    await _running(house, once, used_up)
    house.start_runner()

    first.process.kill()
    await house.until_finished(once, used_up)

    for request in (once, used_up):
        end = house.finished[request.execution_id][0]
        assert (end["status"], end["error_code"]) == ("error", "runner_lost")
        assert list(house.events[request.execution_id, 2]) == [1]
        assert house.fences[request.execution_id][-1] > house.fences[request.execution_id][0]


async def test_a_paused_runner_that_wakes_up_changes_nothing_and_stops_its_run(house):
    runners = [house.start_runner(), house.start_runner()]
    await house.until(lambda: _beats(house))
    request = house.request(SLOW)
    await house.ask(request)
    await _running(house, request)
    [row] = await house.rows("SELECT runner_id FROM agents.runs")
    [first] = [runner for runner in runners if f"-{runner.process.pid}-" in row["runner_id"]]

    first.signal(signal.SIGSTOP)
    await house.until(lambda: house.events.get((request.execution_id, 2)))
    first.signal(signal.SIGCONT)
    await house.until_finished(request)

    ends = [event["type"] for event in house.events[request.execution_id, 1].values()]
    assert "execution.finished" not in ends
    rows = await house.rows("SELECT run, claim, state FROM agents.runs")
    assert (rows[0]["run"], rows[0]["state"]) == (2, "ended")
    assert rows[0]["claim"] == max(house.fences[request.execution_id])


async def _beats(house):
    rows = await house.rows("SELECT 1 FROM agents.runners WHERE heartbeat_at > started_at + interval '7 s'")
    return len(rows) == 2


async def test_the_end_that_a_killed_runner_wrote_is_said_by_another_and_not_run_again(house):
    request = house.request()
    await house.ask(request)
    first = house.start_runner()
    await house.until_finished(request)
    first.process.kill()
    await first.ended()
    await house.redis.flushall()
    house.forget_heard()

    house.start_runner()
    await house.until_finished(request)

    assert list(house.events) == [(request.execution_id, 1)]
    assert len(house.events[request.execution_id, 1]) == 1
    assert house.finished[request.execution_id][0]["status"] == "passed"


async def test_what_a_dead_runner_had_read_and_not_taken_in_is_run_by_another(house):
    request = house.request()
    topic = "testmesh.executions.requests.normal.v1"
    await house.redis.xgroup_create(topic, "runner", id="0", mkstream=True)
    await house.ask(request)
    await house.redis.xreadgroup("runner", "gone-before", {topic: ">"})
    await house.rows(
        "INSERT INTO agents.runners (id, hostname, version, capacity, state, heartbeat_at)"
        " VALUES ('gone-before', 'h', '0', 1, 'ready', now() - interval '9 s')"
    )

    house.start_runner()
    await house.until_finished(request)

    assert not (await house.redis.xpending(topic, "runner"))["pending"]
