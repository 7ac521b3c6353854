import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from testmesh_contracts.executions import DrainRunner, ResendEvents
from testmesh_contracts.topics import CONTROL, EVENTS, REQUESTS, RUNNER_EVENTS

pytestmark = pytest.mark.integration

SLOW = """name: slow
steps:
  - id: wait
    action: delay
    config: {duration: 60s}
teardown:
  - id: tidy
    action: log
    config: {message: tidied up}
"""


async def test_five_hundred_requests_run_once_each_and_leave_nothing_pending(house):
    requests = [house.request() for _ in range(500)]
    await house.ask(*requests)
    await house.ask(*requests[:100])
    house.start_runner(slots=50)

    await house.until_finished(*requests)

    assert {event["status"] for ends in house.finished.values() for event in ends} == {"passed"}
    for request in requests:
        events = house.events[request.execution_id, 1]
        assert sorted(events) == list(range(1, len(events) + 1))
        assert [events[seq]["type"] for seq in (1, len(events))] == ["execution.started", "execution.finished"]
    rows = await house.rows("SELECT run, state, count(*) FROM agents.runs GROUP BY 1, 2")
    assert [tuple(row) for row in rows] == [(1, "ended", 500)]
    await house.until(lambda: _nothing_pending(house))
    assert {len(fences) for fences in house.fences.values()} == {1}


async def _nothing_pending(house):
    return not (await house.redis.xpending(REQUESTS["normal"].wire, "runner"))["pending"]


async def test_high_priority_starts_before_what_waited_longer(house):
    low = [house.request() for _ in range(30)]
    high = [house.request() for _ in range(5)]
    await house.ask(*low, priority="low")
    await house.ask(*high, priority="high")
    house.start_runner(slots=1)

    await house.until_finished(*low, *high)

    rows = await house.rows("SELECT execution_id FROM agents.runs ORDER BY claim LIMIT 5")
    assert {row["execution_id"] for row in rows} == {request.execution_id for request in high}


async def test_a_confirmed_run_keeps_only_its_mark_and_is_not_said_again(house):
    request = house.request()
    await house.ask(request)
    house.start_runner()
    await house.until_finished(request)

    await house.complete(request)

    await house.until(lambda: _row_is(house, request, state="confirmed", request=None, terminal=None))


async def _row_is(house, asked, **columns):
    rows = await house.rows("SELECT * FROM agents.runs WHERE execution_id = $1", asked.execution_id)
    return bool(rows) and {name: rows[0][name] for name in columns} == columns


async def test_an_unconfirmed_end_is_said_again_and_the_flow_never_runs_again(house):
    request = house.request()
    await house.ask(request)
    house.start_runner()

    await house.until(lambda: len(house.finished[request.execution_id]) >= 2)

    assert house.finished[request.execution_id][0] == house.finished[request.execution_id][1]
    assert list(house.events) == [(request.execution_id, 1)]


async def test_a_cancel_that_came_first_ends_the_execution_unrun(house):
    house.start_runner()
    await house.until(lambda: _joined(house))
    request = house.request(SLOW)
    await house.cancel(request)
    await house.until(lambda: house.rows("SELECT 1 FROM agents.cancels"))

    await house.ask(request)
    await house.until_finished(request)

    assert [event["type"] for event in house.events[request.execution_id, 1].values()] == ["execution.finished"]
    assert house.finished[request.execution_id][0]["status"] == "cancelled"
    assert house.finished[request.execution_id][0]["error_message"] == "enough of it"


async def _joined(house):
    return await house.redis.xlen(RUNNER_EVENTS.wire)


async def test_a_running_execution_is_cancelled_long_before_its_step_would_end_and_its_teardown_runs(house):
    request = house.request(SLOW)
    await house.ask(request)
    house.start_runner()
    await house.until(lambda: house.step_started(request, "wait"))

    await house.cancel(request)
    await house.until_finished(request, within_s=20)

    assert house.finished[request.execution_id][0]["status"] == "cancelled"
    steps = {event["step_id"]: event["status"] for event in _steps(house, request)}
    assert steps == {"wait": "cancelled", "tidy": "passed"}


def _steps(house, request, run=1):
    return [event for event in house.events[request.execution_id, run].values() if event["type"] == "step.finished"]


async def test_a_cancel_that_only_the_table_knows_is_seen_by_a_heartbeat(house):
    request = house.request(SLOW)
    await house.ask(request)
    house.start_runner()
    await house.until(lambda: house.step_started(request, "wait"))

    await house.rows(
        "INSERT INTO agents.cancels (execution_id, project_id, reason) VALUES ($1, $2, 'missed it')",
        request.execution_id,
        request.project_id,
    )
    await house.until_finished(request, within_s=20)

    assert house.finished[request.execution_id][0]["error_message"] == "missed it"


async def test_what_is_past_its_time_to_start_ends_unrun_as_queue_timeout(house):
    request = house.request(start_by=datetime.now(UTC) - timedelta(seconds=1))
    await house.ask(request)
    house.start_runner()

    await house.until_finished(request)

    end = house.finished[request.execution_id][0]
    assert (end["status"], end["error_code"]) == ("error", "queue_timeout")
    assert len(house.events[request.execution_id, 1]) == 1


async def test_a_flow_that_does_not_parse_ends_as_an_error_that_shows_the_line(house):
    request = house.request("name: odd\nsteps:\n  - actoin: log\n")
    await house.ask(request)
    house.start_runner()

    await house.until_finished(request)

    end = house.finished[request.execution_id][0]
    assert (end["status"], end["error_code"]) == ("error", "flow_invalid")
    assert "actoin" in end["error_message"]
    assert "^" in end["error_message"]


async def test_garbage_goes_to_the_dead_letters_and_delays_no_neighbour(house):
    topic = REQUESTS["normal"]
    await house.redis.xadd(topic.wire, {"type": "execution.requested", "body": "{"})
    await house.redis.xadd(topic.wire, {"nothing": "known"})
    request = house.request()
    await house.ask(request)
    house.start_runner()

    await house.until_finished(request)

    assert await house.redis.xlen(topic.dead) == 2
    await house.until(lambda: _nothing_pending(house))


async def test_after_a_flush_all_events_of_open_executions_are_said_again(house):
    running, ended = house.request(SLOW), house.request()
    await house.ask(running, ended)
    house.start_runner()
    await house.until_finished(ended)
    await house.until(lambda: house.step_started(running, "wait"))
    before = {key: dict(events) for key, events in house.events.items()}

    await house.redis.flushall()
    house.forget_heard()
    await house.until(lambda: {key: dict(events) for key, events in house.events.items()} == before)

    another = house.request()
    await house.ask(another)
    await house.until_finished(another)


async def test_events_are_said_again_from_the_seq_that_is_asked_for(house):
    request = house.request()
    await house.ask(request)
    house.start_runner()
    await house.until_finished(request)
    count = len(house.events[request.execution_id, 1])
    await house.redis.xtrim(EVENTS.wire, maxlen=0)
    house.events.clear()

    await house.say(CONTROL, ResendEvents(execution_id=request.execution_id, run=1, from_seq=2))

    await house.until(lambda: sorted(house.events[request.execution_id, 1]) == list(range(2, count + 1)))


async def test_a_drained_runner_ends_what_runs_and_leaves(house):
    quick = SLOW.replace("60s", "2s")
    requests = [house.request(quick) for _ in range(5)]
    await house.ask(*requests)
    runner = house.start_runner()
    await house.until(lambda: all(house.step_started(request, "wait") for request in requests))
    rows = await house.rows("SELECT id FROM agents.runners")

    await house.say(CONTROL, DrainRunner(runner_id=rows[0]["id"]))
    late = house.request()
    await asyncio.sleep(1.2)  # the drain is under way
    await house.ask(late)

    assert await runner.ended() == 0
    await house.listen()
    assert Counter(house.finished[request.execution_id][0]["status"] for request in requests) == {"passed": 5}
    assert late.execution_id not in house.finished
    assert (await house.rows("SELECT state FROM agents.runners"))[0]["state"] == "left"


async def test_what_a_drain_cuts_off_gets_its_teardown_and_is_run_by_another(house):
    request = house.request(SLOW.replace("60s", "8s"))
    await house.ask(request)
    first = house.start_runner(shutdown_grace_s=0.5)
    await house.until(lambda: house.step_started(request, "wait"))
    first.process.terminate()
    assert await first.ended() == 0
    await house.listen()
    assert {event["step_id"] for event in _steps(house, request)} == {"wait", "tidy"}
    assert request.execution_id not in house.finished
    assert await _row_is(house, request, state="waiting", runner_id=None, started=True)

    house.start_runner()
    await house.until_finished(request)

    assert house.finished[request.execution_id][0]["status"] == "passed"
    assert house.fences[request.execution_id] == sorted(house.fences[request.execution_id])
    assert len(house.events[request.execution_id, 2]) > 2
