"""Every rule of the folds, on a real database."""

from datetime import timedelta

import pytest

from testmesh_contracts import event_id
from testmesh_contracts.events import ExecutionDelayed
from testmesh_contracts.executions import ResendEvents, RunRevoked
from testmesh_contracts.topics import CONTROL, RESULTS

pytestmark = pytest.mark.integration


async def test_a_request_makes_a_pending_execution_with_the_deadline_of_its_queue(house, tell):
    tale = tell()
    await house.requests(tale.request())
    row = await house.execution(tale)

    assert (row["status"], row["flow_name"], row["environment"]) == ("pending", "order is paid", "staging")
    assert row["deadline_at"] == tale.at + timedelta(hours=1)


async def test_an_execution_goes_from_request_to_one_result(house, tell):
    tale = tell()
    await house.requests(tale.request())
    await house.events(tale.pack(tale.started(), tale.step_started(), tale.step(), tale.finished()))
    row, results = await house.execution(tale), await house.results(tale)

    assert (row["status"], row["run"], row["fence"], row["duration_ms"]) == ("passed", 1, 7, 12.5)
    assert await house.steps(tale) == [(1, "step1", "passed")]
    assert [result.status for result in results] == ["passed"]
    assert results[0].event_id == event_id("execution.completed", tale.id)
    assert results[0].labels == {"branch": "main"}


@pytest.mark.parametrize("order", ["RSFC", "FSRC", "SRF", "FRS", "CRSF", "SFR"])
async def test_whichever_message_comes_first_makes_the_row_and_there_is_one_result(house, tell, order):
    tale = tell()
    say = {
        "R": lambda: house.requests(tale.request()),
        "S": lambda: house.events(tale.pack(tale.started())),
        "F": lambda: house.events(tale.pack(tale.finished(), seq=2)),
        "C": lambda: house.control(tale.cancel()),
    }
    for letter in order:
        await say[letter]()
    row, results = await house.execution(tale), await house.results(tale)

    assert row["status"] == ("cancelled" if order.startswith("C") else "passed")
    assert row["project_id"] is not None
    assert row["requested_at"] == tale.at
    assert len(results) == 1


async def test_a_delay_before_the_request_is_kept_and_the_row_is_not_shown_until_it_is_known(house, tell):
    tale = tell()
    await house.events(tale.pack(ExecutionDelayed(reason="the key is held", at=tale.at)))
    assert (await house.execution(tale))["project_id"] is None
    await house.requests(tale.request())
    row = await house.execution(tale)

    assert (row["status"], row["delayed_reason"]) == ("pending", "the key is held")
    assert row["deadline_at"] == tale.at + timedelta(hours=1)


async def test_a_running_execution_has_the_deadline_of_its_timeout_teardown_and_grace(house, tell):
    tale = tell()
    await house.events(tale.pack(tale.started()))
    await house.requests(tale.request())

    assert (await house.execution(tale))["deadline_at"] == tale.at + timedelta(seconds=60 + 60 + 60)


async def test_each_event_is_taken_once(house, tell):
    tale = tell()
    pack = tale.pack(tale.started(), tale.step())
    await house.events(pack, pack)
    await house.events(pack, tale.pack(tale.step(status="failed"), seq=2))

    run = await house.run(tale)

    assert await house.steps(tale) == [(1, "step1", "passed")]
    assert (run["last_seq"], run["hole_since"]) == (2, None)
    assert await house.rows("SELECT * FROM executions.events_ahead") == []


async def test_events_behind_a_hole_wait_for_it_to_close_and_are_asked_for(house, tell):
    tale = tell()
    await house.events(tale.pack(tale.started()), tale.pack(tale.step(2), tale.finished(), seq=3))
    assert (await house.execution(tale))["status"] == "running"
    assert await house.said(CONTROL, 1) == [ResendEvents(execution_id=tale.id, run=1, from_seq=2)]
    await house.events(tale.pack(tale.step(1), seq=2))

    assert (await house.execution(tale))["status"] == "passed"
    assert await house.steps(tale) == [(1, "step1", "passed"), (1, "step2", "passed")]
    assert await house.rows("SELECT * FROM executions.events_ahead") == []
    assert (await house.run(tale))["hole_since"] is None
    assert (await house.results(tale))[0].lost_events == 0


async def test_what_is_missing_is_asked_for_once_a_second_at_most(house, tell):
    tale = tell()
    for seq in range(3, 9):
        await house.events(tale.pack(tale.step(seq), seq=seq))
    await house.control(tale.cancel())

    assert len(await house.said(CONTROL, 1)) == 1


async def test_an_event_with_an_older_fence_is_refused_counted_and_its_runner_told(house, tell):
    tale = tell()
    await house.events(tale.pack(tale.started(), run=2, fence=9))
    await house.events(tale.pack(tale.started(), tale.step(), tale.finished("failed"), fence=7))

    assert (await house.execution(tale))["status"] == "running"
    assert await house.steps(tale) == []
    assert (await house.run(tale, 1))["refused"] == 3
    assert await house.said(CONTROL, 1) == [RunRevoked(execution_id=tale.id, fence=9)]


async def test_with_the_fence_switched_off_an_older_event_is_taken_after_a_newer(house, tell):
    tale = tell()
    house.events_fold._settings = house.settings.model_copy(update={"fence": False})
    await house.events(tale.pack(tale.started(), run=2, fence=9))
    await house.events(tale.pack(tale.started(), tale.step(), fence=7))
    older, newer = await house.run(tale, 1), await house.run(tale, 2)

    assert older["claim"] < newer["claim"]
    assert older["last_event_at"] > newer["first_event_at"]
    assert await house.steps(tale) == [(1, "step1", "passed")]


async def test_a_newer_run_closes_the_open_steps_of_the_older_as_runner_lost(house, tell):
    tale = tell()
    await house.requests(tale.request())
    await house.events(tale.pack(tale.started(), tale.step(1), tale.step_started(2)))
    await house.events(tale.pack(tale.started(runner_id="runner-2"), tale.step_started(1), run=2, fence=9))
    closed = await house.row("SELECT * FROM executions.execution_steps WHERE run = 1 AND path = 'step2'")

    assert (closed["status"], closed["error_message"]) == ("error", "runner lost")
    assert await house.steps(tale) == [(1, "step1", "passed"), (1, "step2", "error"), (2, "step1", "running")]
    assert ((await house.execution(tale))["run"], (await house.run(tale, 1))["status"]) == (2, "lost")


async def test_the_result_of_a_later_run_warns_that_effects_may_have_happened_twice(house, tell):
    tale = tell()
    await house.requests(tale.request())
    await house.events(tale.pack(tale.started(), fence=5))
    await house.events(tale.pack(tale.started(), tale.finished("passed"), run=2, fence=9))

    (result,) = await house.results(tale)
    assert (result.status, result.run) == ("passed", 2)
    assert "this is run 2" in result.warnings[0]


async def test_a_run_taken_by_another_holder_before_it_began_counts_its_events_anew(house, tell):
    tale = tell()
    await house.requests(tale.request())
    await house.events(tale.pack(ExecutionDelayed(reason="the key is held", at=tale.at), fence=7))
    await house.events(tale.pack(tale.started(), tale.step(), tale.finished(), fence=9))
    row = await house.execution(tale)

    assert (row["status"], row["fence"], row["lost_events"]) == ("passed", 9, 0)


async def test_the_first_terminal_state_stays(house, tell):
    tale = tell()
    await house.requests(tale.request())
    await house.events(tale.pack(tale.started(), tale.finished("failed", error_code="TM402")))
    await house.control(tale.cancel())
    await house.events(tale.pack(tale.started(), tale.finished("passed"), run=2, fence=9))

    assert (await house.execution(tale))["status"] == "failed"
    assert len(await house.results(tale)) == 1


@pytest.mark.parametrize("again", ["request", "cancel", "finished", "refused"])
async def test_what_is_heard_again_of_an_ended_execution_is_answered_by_its_result(house, tell, again):
    tale = tell()
    await house.events(tale.pack(tale.started(), tale.finished(), fence=9))
    said = {
        "request": lambda: house.requests(tale.request()),
        "cancel": lambda: house.control(tale.cancel()),
        "finished": lambda: house.events(tale.pack(tale.finished(), seq=2, fence=9)),
        "refused": lambda: house.events(tale.pack(tale.finished(), seq=2, fence=7)),
    }
    await said[again]()
    await said[again]()
    (result,) = await house.said(RESULTS, 1)

    assert result.event_id == event_id("execution.completed", tale.id)
    assert result.status == "passed"
    assert len(await house.results(tale)) == 1


async def test_a_cancel_ends_a_pending_execution_at_once_even_one_not_heard_of(house, tell):
    pending, unknown = tell(), tell()
    await house.requests(pending.request())
    await house.control(pending.cancel(), unknown.cancel())

    for tale in (pending, unknown):
        (result,) = await house.results(tale)
        assert (result.status, result.error_code, result.error_message) == (
            "cancelled",
            "cancelled",
            "wrong environment",
        )


async def test_a_cancel_leaves_a_running_execution_to_its_runner(house, tell):
    tale = tell()
    await house.events(tale.pack(tale.started()))
    await house.control(tale.cancel())
    assert (await house.execution(tale))["status"] == "running"
    await house.events(tale.pack(tale.finished("cancelled"), seq=2))

    assert [result.status for result in await house.results(tale)] == ["cancelled"]


async def test_a_run_that_begins_after_the_end_leaves_no_trace_and_hears_the_result(house, tell):
    tale = tell()
    await house.control(tale.cancel())
    await house.events(tale.pack(tale.started(), tale.step(), tale.finished()))
    row = await house.execution(tale)

    assert (row["status"], row["fence"]) == ("cancelled", 0)
    assert await house.steps(tale) == []
    assert [result.status for result in await house.said(RESULTS, 1)] == ["cancelled"]


async def test_an_execution_with_an_unreadable_event_cannot_pass(house, tell):
    tale = tell()
    await house.events(tale.pack(tale.started()))
    async with house.database.transaction() as connection:
        await house.events_fold.mark_dead(connection, None, {b"execution": str(tale.id).encode(), b"body": b"{"})
    await house.events(tale.pack(tale.step(), tale.finished("passed"), seq=2))
    (result,) = await house.results(tale)

    assert (result.status, result.error_code) == ("error", "event_unreadable")


@pytest.mark.parametrize(("said", "status"), [("failed", "failed"), ("passed", "error")])
async def test_events_that_cannot_be_kept_are_counted_as_lost_and_make_no_pass(house, tell, said, status):
    tale = tell()
    await house.events(tale.pack(tale.started()))
    async with house.database.transaction() as connection:
        await house.events_fold.mark_dead(connection, tale.pack(tale.step(1), seq=2), {})
    await house.events(tale.pack(tale.finished(said), seq=3))
    (result,) = await house.results(tale)

    assert (result.status, result.lost_events) == (status, 1)


async def test_a_terminal_event_that_cannot_be_kept_ends_its_execution_as_error(house, tell):
    tale = tell()
    async with house.database.transaction() as connection:
        await house.events_fold.mark_dead(connection, tale.pack(tale.finished(flow_name="a\x00b")), {})
    (result,) = await house.results(tale)

    assert (result.status, result.error_code, result.flow_name) == ("error", "event_unreadable", "ab")


@pytest.mark.parametrize("legible", [True, False])
async def test_a_dead_lettered_request_ends_its_execution_as_error(house, tell, legible, project):
    tale = tell()
    body = b'{"flow_name": "order", "project_id": "%s"}' % str(project).encode() if legible else b"{"
    async with house.database.transaction() as connection:
        await house.requests_fold.mark_dead(connection, None, {b"execution": str(tale.id).encode(), b"body": body})
    (result,) = await house.results(tale)

    assert (result.status, result.error_code) == ("error", "request_unreadable")
    assert (result.flow_name, result.project_id) == ("order" if legible else "(unreadable)", project)


async def test_numbers_that_json_does_not_have_are_kept_as_texts(house, tell):
    tale = tell()
    failed = {"expression": "x == 1", "holds": False, "operands": [{"text": "x", "value": float("nan")}]}
    await house.events(
        tale.pack(tale.started(), tale.step(output={"ratio": float("inf")}, assertions=[failed]), tale.finished())
    )
    row = await house.row("SELECT output->>'ratio' AS ratio, assertions FROM executions.execution_steps")

    assert row["ratio"] == "Infinity"
    assert '"NaN"' in row["assertions"]


async def test_steps_after_an_end_by_storage_are_kept_only_for_the_fence_of_the_row(house, tell):
    tale = tell()
    await house.events(tale.pack(tale.started(), tale.step_started(1), fence=9, run=2))
    await house.rows("UPDATE executions.executions SET status = 'error', finished_at = now() WHERE id = $1", tale.id)
    await house.events(tale.pack(tale.step(1), seq=3, fence=9, run=2))
    await house.events(tale.pack(tale.started(), tale.step(1), fence=11, run=3))
    await house.events(tale.pack(tale.started(), tale.step(1), fence=7, run=1))

    assert await house.steps(tale) == [(2, "step1", "passed")]


async def test_a_batch_of_many_executions_folds_in_few_statements(house, tell):
    tales = [tell() for _ in range(300)]
    await house.requests(*(tale.request() for tale in tales))
    await house.events(*(tale.pack(tale.started(), tale.step(), tale.finished()) for tale in tales))
    ended = await house.row("SELECT count(*) FROM executions.executions WHERE status = 'passed'")
    said = await house.row("SELECT count(*) FROM executions.outbox")

    assert (ended["count"], said["count"]) == (300, 300)
