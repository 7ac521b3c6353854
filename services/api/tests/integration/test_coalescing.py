"""Many who look at the same execution at once: one question, and nobody is told an older state than he knows of."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from testmesh_api.principals import DEFAULT_PROJECT, Principal
from testmesh_contracts.queries import ExecutionList, GetExecution, ListExecutions

pytestmark = pytest.mark.integration
PATH = "/api/v1/executions"
DEFINITION = {"name": "inline", "steps": [{"action": "log", "config": {"message": "hello"}}]}
SOMEBODY = Principal("local", DEFAULT_PROJECT)


@pytest.fixture
async def running(api: Any) -> UUID:
    """An execution that storage knows and that has not ended."""
    accepted = (await api.client.post(PATH, json={"definition": DEFINITION})).json()
    pending = await api.gateway.lookup.get(SOMEBODY, UUID(accepted["id"]))
    api.storage.executions[pending.id] = pending.model_copy(update={"status": "running"})
    api.storage.asked.clear()
    return pending.id


def questions(api: Any, kind: type = GetExecution) -> int:
    return sum(isinstance(asked, kind) for asked in api.storage.asked)


async def has_asked(api: Any, count: int) -> None:
    async with asyncio.timeout(10):
        while questions(api) < count:
            await asyncio.sleep(0.01)


async def slow_get(api: Any, execution_id: UUID, query: str = "") -> tuple["asyncio.Task[Any]", asyncio.Event]:
    """Return a request whose answer storage has found and keeps back; later questions are answered at once."""
    before = questions(api)
    api.storage.slow = held = asyncio.Event()
    request = asyncio.create_task(api.client.get(f"{PATH}/{execution_id}{query}"))
    await has_asked(api, before + 1)
    api.storage.slow = None
    return request, held


async def test_two_hundred_who_fetch_the_same_snapshot_at_once_are_one_question(api: Any, running: UUID) -> None:
    views = await asyncio.gather(*(api.gateway.lookup.get(SOMEBODY, running) for _ in range(200)))

    assert {view.status for view in views} == {"running"}
    assert questions(api) == 1


async def test_requests_over_http_join_the_question_that_is_under_way(api: Any, running: UUID) -> None:
    first, held = await slow_get(api, running)
    others = [asyncio.create_task(api.client.get(f"{PATH}/{running}")) for _ in range(20)]
    assert (await api.client.get("/api/v1/flows")).status_code == 200
    held.set()
    answers = await asyncio.gather(first, *others)

    assert {(answer.status_code, answer.json()["status"]) for answer in answers} == {(200, "running")}
    assert questions(api) == 1


async def test_equal_lists_at_once_are_one_question_and_other_lists_are_others(api: Any, running: UUID) -> None:
    ask = ListExecutions(project_id=DEFAULT_PROJECT, limit=5)
    other = ask.model_copy(update={"project_id": uuid4()})
    storage = api.gateway.storage
    found = await asyncio.gather(*(storage.ask_together(one, ExecutionList) for one in [ask] * 50 + [other] * 50))
    assert questions(api, ListExecutions) == 2
    assert {item.id for page in found for item in page.items} == {running}


async def test_a_client_that_goes_away_takes_nothing_from_the_others(api: Any, running: UUID) -> None:
    first, held = await slow_get(api, running)
    second = asyncio.create_task(api.gateway.lookup.get(SOMEBODY, running))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    held.set()

    assert (await second).status == "running"
    assert questions(api) == 1


async def test_a_refusal_reaches_all_who_waited_for_it(api: Any) -> None:
    lookups = [api.client.get(f"{PATH}/{uuid4()}") for _ in range(2)]
    unknown = uuid4()
    answers = await asyncio.gather(*(api.client.get(f"{PATH}/{unknown}") for _ in range(5)), *lookups)

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(404, "execution_not_found")}


async def test_the_look_that_settles_that_there_is_none_is_shared_with_nobody(api: Any) -> None:
    """It must come after the look into the outbox: an older question may not have known what is folded since."""
    unknown = uuid4()
    looks = await asyncio.gather(*(api.gateway.lookup.get(SOMEBODY, unknown) for _ in range(3)), return_exceptions=True)

    assert {type(look).__name__ for look in looks} == {"ExecutionNotFoundError"}
    assert questions(api) == 1 + 3


async def test_what_was_folded_and_freed_while_it_was_asked_for_is_found(api: Any) -> None:
    accepted = (await api.client.post(PATH, json={"definition": DEFINITION})).json()
    pending = await api.gateway.lookup.get(SOMEBODY, UUID(accepted["id"]))
    asked, held = await slow_get(api, pending.id)
    api.storage.executions[pending.id] = pending.model_copy(update={"status": "passed"})
    await api.rows("DELETE FROM users.outbox")
    held.set()

    assert (await asked).json()["status"] == "passed"


async def test_who_is_woken_by_a_result_does_not_join_a_question_from_before_it(api: Any, running: UUID) -> None:
    old, held = await slow_get(api, running)
    waiting = asyncio.create_task(api.client.post(f"{PATH}/{running}/cancel", headers={"prefer": "wait=20"}))
    await has_asked(api, 3)
    await api.finish(str(running), "cancelled")
    answer = await waiting
    later = await api.client.get(f"{PATH}/{running}")
    assert not old.done()
    held.set()

    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert later.json()["status"] == "cancelled"
    assert (await old).json()["status"] == "running"


async def test_who_begins_to_wait_looks_at_what_is_now(api: Any, running: UUID) -> None:
    """The result was heard before he waited: nobody will wake him."""
    old, held = await slow_get(api, running)
    view = api.storage.executions[running]
    api.storage.executions[running] = view.model_copy(update={"status": "passed"})
    found = await api.gateway.results.finished(SOMEBODY, running, within_s=0)
    held.set()
    await old

    assert found is not None
    assert found.status == "passed"


async def test_who_stops_waiting_looks_at_what_is_now(api: Any, running: UUID) -> None:
    waiting = asyncio.create_task(api.gateway.results.finished(SOMEBODY, running, within_s=20))
    await has_asked(api, 1)
    assert (await api.client.get("/api/v1/flows")).status_code == 200
    old, held = await slow_get(api, running)
    view = api.storage.executions[running]
    api.storage.executions[running] = view.model_copy(update={"status": "passed"})
    await api.gateway.results.let_waiters_go()
    found = await waiting
    held.set()
    await old

    assert found is not None
    assert found.status == "passed"


async def test_a_cancel_is_decided_by_what_is_now(api: Any, running: UUID) -> None:
    old, held = await slow_get(api, running, "?steps=false")
    view = api.storage.executions[running]
    api.storage.executions[running] = view.model_copy(update={"status": "passed"})
    answer = await api.client.post(f"{PATH}/{running}/cancel")
    held.set()
    await old

    assert (answer.status_code, answer.json()["code"]) == (409, "execution_finished")


async def test_after_a_result_was_heard_nobody_joins_a_question_from_before_it(api: Any, running: UUID) -> None:
    old, held = await slow_get(api, running)
    with api.gateway.results._awaiting(running) as woken:
        await api.finish(str(running))
        async with asyncio.timeout(10):
            await woken
    api.storage.asked.clear()
    found = await api.client.get(f"{PATH}/{running}")
    held.set()
    await old

    assert found.json()["status"] == "passed"
