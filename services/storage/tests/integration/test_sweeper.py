"""Nothing stays open for ever, and nothing is judged by a storage that lags behind."""

from datetime import timedelta

import pytest

from testmesh_contracts.executions import ResendEvents
from testmesh_contracts.topics import CONTROL, EVENTS, RESULTS
from testmesh_storage.currency import FoldsAreCurrent
from testmesh_storage.folding.clock import now
from testmesh_storage.sweeper import Sweeper

pytestmark = pytest.mark.integration


async def always() -> bool:
    return True


async def never() -> bool:
    return False


def sweeper_of(house, *, later: timedelta = timedelta(), is_current=always, **changes) -> Sweeper:
    settings = house.settings.model_copy(update=changes)
    return Sweeper(settings, house.database, house.outbox, house.announcer, is_current, clock=lambda: now() + later)


async def test_a_pending_execution_past_its_start_ends_as_queue_timeout(house, tell):
    tale, fresh = tell(), tell()
    await house.requests(tale.request(start_by=tale.at - timedelta(minutes=1)), fresh.request())
    await sweeper_of(house).sweep()
    (result,) = await house.results(tale)

    assert (result.status, result.error_code) == ("error", "queue_timeout")
    assert (await house.execution(fresh))["status"] == "pending"


async def test_a_running_execution_ends_only_after_timeout_teardown_and_grace(house, tell):
    tale = tell()
    await house.requests(tale.request())
    await house.events(tale.pack(tale.started(), tale.step_started()))
    await sweeper_of(house, later=timedelta(seconds=179)).sweep()
    assert (await house.execution(tale))["status"] == "running"
    await sweeper_of(house, later=timedelta(seconds=186)).sweep()
    (result,) = await house.results(tale)

    assert (result.status, result.error_code) == ("error", "deadline_passed")
    assert await house.steps(tale) == [(1, "step1", "error")]


async def test_a_later_run_moves_the_deadline(house, tell):
    tale = tell()
    await house.requests(tale.request())
    await house.events(tale.pack(tale.started()))
    again = tale.started(started_at=tale.at + timedelta(seconds=170))
    await house.events(tale.pack(again, run=2, fence=9))
    await sweeper_of(house, later=timedelta(seconds=186)).sweep()

    assert (await house.execution(tale))["status"] == "running"


async def test_a_storage_whose_folds_are_behind_sweeps_nothing(house, tell):
    tale = tell()
    await house.requests(tale.request(start_by=tale.at - timedelta(minutes=1)))
    await sweeper_of(house, is_current=never).sweep()

    assert (await house.execution(tale))["status"] == "pending"


async def test_more_than_one_batch_is_swept_in_one_pass(house, tell):
    tales = [tell() for _ in range(7)]
    await house.requests(*(tale.request(start_by=tale.at - timedelta(minutes=1)) for tale in tales))
    await sweeper_of(house, sweep_batch=3).sweep()
    swept = await house.row("SELECT count(*) FROM executions.executions WHERE status = 'error'")
    said = await house.row("SELECT count(*) FROM executions.outbox")

    assert (swept["count"], said["count"]) == (7, 7)


async def test_a_pass_begins_at_the_oldest_open_execution_and_sees_those_that_come_after(house, tell):
    sweeper = sweeper_of(house)
    old = tell(now() - timedelta(hours=2))
    await house.requests(old.request(start_by=now() - timedelta(minutes=1)))
    await sweeper.sweep()
    young = tell()
    await house.requests(young.request())
    await sweeper.sweep()
    assert sweeper._first > old.id
    late = tell(now() - timedelta(seconds=30))
    await house.requests(late.request(start_by=now() - timedelta(minutes=1)))
    await sweeper.sweep()

    assert (await house.execution(late))["status"] == "error"


async def test_where_nothing_is_open_the_next_pass_begins_at_the_newest_execution(house, tell):
    sweeper = sweeper_of(house)
    ended = tell(now() - timedelta(hours=2))
    await house.requests(ended.request(start_by=now() - timedelta(minutes=1)))
    await sweeper.sweep()
    await sweeper.sweep()

    begins_at_ms, ended_at_ms = sweeper._first.int >> 80, ended.id.int >> 80
    assert ended_at_ms - 60_000 <= begins_at_ms <= ended_at_ms


async def test_an_id_from_a_clock_that_is_ahead_hides_no_request_of_those_that_follow(house, tell):
    sweeper = sweeper_of(house)
    await sweeper.sweep()
    ahead = tell(now() + timedelta(minutes=5))
    await house.requests(ahead.request(start_by=now() - timedelta(minutes=1)))
    await sweeper.sweep()
    assert (await house.execution(ahead))["status"] == "error"
    overdue = tell()
    await house.requests(overdue.request(start_by=now() - timedelta(minutes=1)))
    await sweeper.sweep()

    assert (await house.execution(overdue))["status"] == "error"


async def test_a_request_heard_very_late_is_swept_by_the_pass_over_all(house, tell):
    sweeper = sweeper_of(house, sweep_all_every_s=600)
    await house.requests(tell().request())
    await sweeper.sweep()
    late = tell(now() - timedelta(hours=1))
    await house.requests(late.request(start_by=now() - timedelta(minutes=1)))
    await sweeper.sweep()
    assert (await house.execution(late))["status"] == "pending"
    sweeper._all_at -= 600
    await sweeper.sweep()

    assert (await house.execution(late))["status"] == "error"


async def test_an_event_after_the_sweep_changes_no_result_and_is_answered_by_it(house, tell):
    tale = tell()
    await house.requests(tale.request())
    await house.events(tale.pack(tale.started(), tale.step_started()))
    await sweeper_of(house, later=timedelta(hours=1)).sweep()
    await house.events(tale.pack(tale.step(), tale.finished("passed"), seq=3))

    assert (await house.execution(tale))["status"] == "error"
    assert await house.steps(tale) == [(1, "step1", "passed")]
    assert len(await house.results(tale)) == 1
    assert [result.status for result in await house.said(RESULTS, 1)] == ["error"]


async def test_a_terminal_event_behind_a_hole_ends_its_execution_after_the_wait_and_counts_what_was_lost(house, tell):
    tale = tell()
    await house.requests(tale.request())
    await house.events(tale.pack(tale.started(), tale.step_started(1)), tale.pack(tale.finished("failed"), seq=5))
    await sweeper_of(house, later=timedelta(seconds=29)).sweep()
    assert (await house.execution(tale))["status"] == "running"
    await sweeper_of(house, later=timedelta(seconds=31)).sweep()
    (result,) = await house.results(tale)

    assert (result.status, result.lost_events) == ("failed", 2)
    assert result.warnings == ["2 events of run 1 did not arrive"]
    assert await house.steps(tale) == [(1, "step1", "error")]
    assert await house.rows("SELECT * FROM executions.events_ahead") == []


async def test_a_hole_is_not_given_up_while_the_folds_are_behind(house, tell):
    tale = tell()
    await house.events(tale.pack(tale.finished(), seq=2))
    await sweeper_of(house, later=timedelta(minutes=1), is_current=never).sweep()

    assert (await house.run(tale))["last_seq"] == 0


async def test_a_hole_that_stays_is_asked_for_again(house, tell):
    tale = tell()
    await house.events(tale.pack(tale.started()), tale.pack(tale.step(2), seq=3))
    await house.said(CONTROL, 1)
    house.announcer._said_at.clear()
    await sweeper_of(house).sweep()

    assert await house.said(CONTROL, 2) == [ResendEvents(execution_id=tale.id, run=1, from_seq=2)] * 2


class Elsewhere:
    """A fold that another replica owns."""

    topic = EVENTS
    is_current = False


async def test_a_fold_of_another_replica_is_current_when_it_has_read_to_the_end(house, tell):
    judge = FoldsAreCurrent(house.database, house.bus, [Elsewhere()])
    assert not await judge()
    entry = (await house.bus.client.xadd(EVENTS.wire, {"a": "b"})).decode()
    await house.rows(
        "INSERT INTO executions.folds VALUES ($1, 0, 'other', 1, now() + interval '1 min', $2)", EVENTS.name, entry
    )
    assert await judge()
    await house.bus.client.delete(EVENTS.wire)
    assert not await judge()


async def test_a_fold_of_another_replica_with_an_old_unread_entry_is_behind(house, tell):
    await house.bus.client.xadd(EVENTS.wire, {"a": "b"}, id="1-1")
    await house.bus.client.xadd(EVENTS.wire, {"a": "b"}, id="2-1")
    await house.rows(
        "INSERT INTO executions.folds VALUES ($1, 0, 'other', 1, now() + interval '1 min', '1-1')", EVENTS.name
    )

    assert not await FoldsAreCurrent(house.database, house.bus, [Elsewhere()])()


async def test_a_hole_of_an_older_run_that_is_given_up_ends_nothing(house, tell):
    tale = tell()
    await house.requests(tale.request())
    await house.events(tale.pack(tale.started()), tale.pack(tale.step_started(), tale.finished("passed"), seq=3))
    await house.events(tale.pack(tale.started(), run=2, fence=9))
    await sweeper_of(house, later=timedelta(seconds=31)).sweep()

    assert (await house.execution(tale))["status"] == "running", "its newer run has not ended"
    assert await house.steps(tale) == []
    assert (await house.run(tale))["refused"] == 2
    assert await house.rows("SELECT * FROM executions.events_ahead") == []


async def test_a_hole_of_an_older_run_leaves_no_step_running_in_an_execution_that_has_ended(house, tell):
    tale = tell()
    await house.events(tale.pack(tale.started()), tale.pack(tale.step_started(), seq=3))
    await house.events(tale.pack(tale.started(), tale.finished("passed"), run=2, fence=9))
    await sweeper_of(house, later=timedelta(seconds=31)).sweep()

    assert await house.steps(tale) == []
