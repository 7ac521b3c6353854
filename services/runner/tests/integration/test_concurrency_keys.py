import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import uuid4

import pytest

from testmesh_contracts import uuid7

pytestmark = pytest.mark.integration


def flow(duration="300ms", policy="queue", key="deploy-${region}", step=""):
    return f"""name: keyed
env: {{region: eu}}
concurrency: {{key: "{key}", policy: {policy}}}
steps:
  - id: wait
    action: delay
    config: {{duration: {duration}}}
{step}
teardown:
  - id: tidy
    action: log
    config: {{message: tidied up}}
"""


LONG = flow("60s")
FAILS = "  - id: fail\n    action: fail\n    config: {message: no}\n"


async def _is_held(house, request):
    await house.until(lambda: house.step_started(request, "wait"))


async def _are_parked(house, *requests):
    await house.until(lambda: _states(house, requests, "parked"))


async def _states(house, requests, state):
    ids = [request.execution_id for request in requests]
    rows = await house.rows("SELECT state FROM agents.runs WHERE execution_id = ANY($1::uuid[])", ids)
    return len(rows) == len(ids) and {row["state"] for row in rows} == {state}


async def _no_locks(house):
    return not await house.rows("SELECT 1 FROM agents.locks")


def _spans(house, requests):
    """First start and end of each, in the order of their starts."""
    spans = []
    for request in requests:
        starts = [
            event["started_at"]
            for (execution_id, _), events in house.events.items()
            if execution_id == request.execution_id
            for event in events.values()
            if event["type"] == "execution.started"
        ]
        spans.append((min(starts), house.finished[request.execution_id][0]["finished_at"], request.execution_id))
    return sorted(spans)


def _one_at_a_time(spans):
    return all(before[1] <= after[0] for before, after in pairwise(spans))


def _end(house, request):
    end = house.finished[request.execution_id][0]
    return end["status"], end["error_code"]


def _steps(house, request, run=1):
    events = house.events[request.execution_id, run].values()
    return {event["step_id"]: event["status"] for event in events if event["type"] == "step.finished"}


async def test_runs_of_one_key_go_one_at_a_time_in_the_order_of_their_ids_and_none_is_lost(house):
    holder, *others = [house.request(flow("4s")), *(house.request(flow()) for _ in range(12))]
    for _ in range(2):
        house.start_runner(slots=3)
    await house.ask(holder)
    await _is_held(house, holder)
    await house.ask(*reversed(others))
    await _are_parked(house, *others)

    await house.until_finished(holder, *others)

    spans = _spans(house, [holder, *others])
    assert _one_at_a_time(spans)
    in_order = [holder.execution_id, *sorted(each.execution_id for each in others)]
    assert [execution_id for _, _, execution_id in spans] == in_order
    assert {_end(house, each) for each in [holder, *others]} == {("passed", None)}
    assert {run for _, run in house.events} == {1}
    await house.until(lambda: _no_locks(house))


async def test_runs_of_one_key_that_come_all_at_once_to_two_runners_never_run_side_by_side(house):
    requests = [house.request(flow("50ms")) for _ in range(40)]
    await house.ask(*requests)
    for _ in range(2):
        house.start_runner(slots=20)

    await house.until_finished(*requests)

    assert _one_at_a_time(_spans(house, requests))
    assert {_end(house, each) for each in requests} == {("passed", None)}
    assert {len(house.finished[each.execution_id]) for each in requests} == {1}


async def test_who_waits_for_a_key_takes_no_slot_and_says_why_it_waits(house):
    house.start_runner(slots=2)
    holder, parked = house.request(LONG), [house.request(LONG) for _ in range(8)]
    await house.ask(holder)
    await _is_held(house, holder)
    await house.ask(*parked)
    await _are_parked(house, *parked)
    neighbours = [house.request() for _ in range(20)]

    await house.ask(*neighbours)
    await house.until_finished(*neighbours)

    assert {_end(house, each) for each in neighbours} == {("passed", None)}
    for request in parked:
        [event] = house.events[request.execution_id, 1].values()
        assert event["type"] == "execution.delayed"
        assert event["reason"].startswith(f"concurrency key deploy-eu held by {holder.execution_id}")


async def test_a_key_is_of_its_project_and_made_of_what_the_execution_was_given(house):
    house.start_runner()
    holder = house.request(LONG)
    await house.ask(holder)
    await _is_held(house, holder)
    elsewhere = house.request(flow(), project_id=uuid4())
    other_region = house.request(flow(), variables={"region": "us"})

    await house.ask(elsewhere, other_region)
    await house.until_finished(elsewhere, other_region)

    assert {_end(house, each) for each in (elsewhere, other_region)} == {("passed", None)}


@pytest.mark.parametrize(
    ("key", "code"),
    [("deploy-${regoin}", "TM401"), ("${1 / 0}", "TM405"), ("${''}", "TM459"), ("${[1]}", "TM459")],
)
async def test_a_key_without_a_value_ends_the_execution_unrun_as_an_error(house, key, code):
    house.start_runner()
    request = house.request(flow(key=key))

    await house.ask(request)
    await house.until_finished(request)

    assert _end(house, request) == ("error", code)
    assert "the flow's concurrency.key" in house.finished[request.execution_id][0]["error_message"]
    assert len(house.events[request.execution_id, 1]) == 1


@pytest.mark.parametrize("how", ["failed", "error", "cancelled", "decided by storage"])
async def test_the_next_starts_however_the_holder_ended(house, how):
    house.start_runner()
    step = {"failed": FAILS, "error": "  - action: log\n    config: {message: '${nothing}'}\n"}.get(how, "")
    holder = house.request(flow("1s" if step else "60s", step=step))
    await house.ask(holder)
    await _is_held(house, holder)
    following = house.request(flow())
    await house.ask(following)
    await _are_parked(house, following)

    if how == "cancelled":
        await house.cancel(holder)
    elif how == "decided by storage":
        await house.complete(holder, "error")
    await house.until_finished(following, within_s=20)

    assert _end(house, following) == ("passed", None)
    if how != "decided by storage":
        assert _end(house, holder)[0] == how
        assert _one_at_a_time(_spans(house, [holder, following]))


async def test_what_storage_decided_on_keeps_its_key_until_its_teardown_is_over(house):
    house.start_runner()
    tidy = "  - id: slowly\n    action: delay\n    config: {duration: 4s}\n"
    holder, following = house.request(flow("60s") + tidy), house.request(flow())
    await house.ask(holder)
    await _is_held(house, holder)
    await house.ask(following)
    await _are_parked(house, following)

    await house.complete(holder, "error")
    await house.until_finished(holder, following)

    assert _steps(house, holder)["slowly"] == "passed"
    assert _one_at_a_time(_spans(house, [holder, following]))


async def test_who_waits_can_be_cancelled_and_its_queue_timeout_counts(house):
    house.start_runner(slots=2)
    holder, cancelled = house.request(LONG), house.request(LONG)
    late = house.request(LONG, start_by=datetime.now(UTC) + timedelta(seconds=12))
    await house.ask(holder)
    await _is_held(house, holder)
    await house.ask(cancelled, late)
    await _are_parked(house, cancelled, late)

    await house.cancel(cancelled)
    await house.until_finished(cancelled, within_s=8)
    await house.until_finished(late, within_s=25)

    assert _end(house, cancelled) == ("cancelled", "cancelled")
    assert house.finished[cancelled.execution_id][0]["error_message"] == "enough of it"
    assert _end(house, late) == ("error", "queue_timeout")
    assert not _steps(house, cancelled)
    assert not _steps(house, late)
    assert holder.execution_id not in house.finished


async def test_skip_ends_the_newcomer_unrun_and_tells_who_holds_the_key(house):
    house.start_runner()
    holder, newcomer = house.request(flow("60s", "skip")), house.request(flow("60s", "skip"))
    await house.ask(holder)
    await _is_held(house, holder)

    await house.ask(newcomer)
    await house.until_finished(newcomer)

    assert _end(house, newcomer) == ("cancelled", "skipped_by_concurrency")
    said = f"skipped by concurrency: deploy-eu is held by {holder.execution_id}"
    assert house.finished[newcomer.execution_id][0]["error_message"] == said
    assert len(house.events[newcomer.execution_id, 1]) == 1
    assert holder.execution_id not in house.finished


async def test_cancel_older_ends_who_runs_and_who_waits_and_then_runs_the_newest(house):
    house.start_runner()
    running, waiting = house.request(LONG), house.request(LONG)
    await house.ask(running)
    await _is_held(house, running)
    await house.ask(waiting)
    await _are_parked(house, waiting)
    newest = house.request(flow(policy="cancel_older"))

    await house.ask(newest)
    await house.until_finished(running, waiting, newest, within_s=30)

    for older in (running, waiting):
        assert _end(house, older) == ("cancelled", "cancelled")
        assert str(newest.execution_id) in house.finished[older.execution_id][0]["error_message"]
    assert _steps(house, running) == {"wait": "cancelled", "tidy": "passed"}
    assert not _steps(house, waiting)
    assert _end(house, newest) == ("passed", None)
    assert _one_at_a_time(_spans(house, [running, newest]))


@pytest.mark.parametrize("policy", ["queue", "skip", "cancel_older"])
async def test_an_older_one_that_comes_late_gives_way_to_a_newer_that_cancels_older_ones(house, policy):
    house.start_runner()
    older = house.request(flow(policy=policy))
    await asyncio.sleep(0.01)  # ids of one millisecond have no order
    newer = house.request(flow("60s", "cancel_older"))
    await house.ask(newer)
    await _is_held(house, newer)

    await house.ask(older)
    await house.until_finished(older)

    assert _end(house, older) == ("cancelled", "cancelled")
    assert not _steps(house, older)
    assert newer.execution_id not in house.finished


async def test_one_that_cancels_older_ones_waits_for_a_newer_that_only_queues(house):
    house.start_runner()
    older = house.request(flow(policy="cancel_older"))
    await asyncio.sleep(0.01)  # ids of one millisecond have no order
    newer = house.request(flow("3s"))
    await house.ask(newer)
    await _is_held(house, newer)

    await house.ask(older)
    await house.until_finished(older, newer)

    assert {_end(house, each) for each in (older, newer)} == {("passed", None)}
    assert _one_at_a_time(_spans(house, [older, newer]))


async def test_the_key_of_a_killed_runner_stays_with_its_execution_until_another_has_run_it(house):
    holder, following = house.request(flow("6s")), [house.request(flow()) for _ in range(3)]
    first = house.start_runner()
    await house.ask(holder)
    await _is_held(house, holder)
    await house.ask(*following)
    await _are_parked(house, *following)
    house.start_runner()

    first.process.kill()
    await house.until_finished(holder, *following)

    assert _steps(house, holder, 2) == {"wait": "passed", "tidy": "passed"}
    assert _one_at_a_time(_spans(house, [holder, *following]))
    assert [run for execution_id, run in house.events if execution_id != holder.execution_id] == [1, 1, 1]
    assert {len(house.finished[each.execution_id]) for each in [holder, *following]} == {1}


async def test_the_key_of_a_run_that_is_given_up_with_its_runner_is_given_on(house):
    holder, following = house.request(LONG, on_runner_lost="fail"), house.request(flow())
    first = house.start_runner()
    await house.ask(holder)
    await _is_held(house, holder)
    await house.ask(following)
    await _are_parked(house, following)
    house.start_runner()

    first.process.kill()
    await house.until_finished(holder, following)

    assert _end(house, holder) == ("error", "runner_lost")
    assert _end(house, following) == ("passed", None)


@pytest.mark.parametrize("left", ["ended", "confirmed by storage, its runner gone", "forgotten"])
async def test_a_key_that_nobody_gave_on_is_given_on_by_whoever_looks(house, left):
    gone = uuid7()
    await house.rows(
        "INSERT INTO agents.runs (execution_id, claim, runner_id, state, started, start_by)"
        " VALUES ($1, 0, 'gone', 'held', true, now())",
        gone,
    )
    await house.rows(
        "INSERT INTO agents.locks (execution_id, project_id, key, policy, held, start_by)"
        " VALUES ($1, $2, 'deploy-eu', 'queue', true, now())",
        gone,
        house.request().project_id,
    )
    house.start_runner()
    request = house.request(flow())
    await house.ask(request)
    await _are_parked(house, request)

    if left == "forgotten":
        await house.rows("DELETE FROM agents.runs WHERE execution_id = $1", gone)
    else:
        await house.rows("UPDATE agents.runs SET state = $2 WHERE execution_id = $1", gone, left.split()[0])
    await house.until_finished(request, within_s=20)

    assert _end(house, request) == ("passed", None)
    await house.until(lambda: _no_locks(house))


async def test_a_drained_holder_takes_its_key_along_to_the_runner_that_runs_it_again(house):
    holder, following = house.request(flow("8s")), house.request(flow())
    first = house.start_runner(shutdown_grace_s=0.5)
    await house.ask(holder)
    await _is_held(house, holder)
    await house.ask(following)
    await _are_parked(house, following)

    first.process.terminate()
    assert await first.ended() == 0
    await asyncio.sleep(1.5)  # nobody is there
    house.start_runner()
    await house.until_finished(holder, following)

    assert {_end(house, each) for each in (holder, following)} == {("passed", None)}
    assert _one_at_a_time(_spans(house, [holder, following]))
