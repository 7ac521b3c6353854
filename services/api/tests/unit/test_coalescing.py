"""Equal questions under way: one question, one answer or one failure for all, whoever gives up."""

import asyncio
import gc
from typing import Any
from uuid import UUID

import pytest

from testmesh_api.coalescing import Coalescing
from testmesh_chassis.errors import FaultError
from testmesh_contracts import uuid7
from testmesh_contracts.queries import GetExecution, ListExecutions, Query

PROJECT, OTHER = uuid7(), uuid7()
EXECUTION = uuid7()


class Owner:
    """Answers questions, when it is let, with a number: the first one asked gets 1."""

    def __init__(self) -> None:
        self.asked = 0
        self.answers = asyncio.Event()
        self.fault: FaultError | None = None

    async def ask(self) -> int:
        self.asked += 1
        number = self.asked
        await self.answers.wait()
        if self.fault is not None:
            raise self.fault
        return number


def about(execution_id: UUID = EXECUTION, project_id: UUID = PROJECT, *, steps: bool = True) -> Query:
    return GetExecution(project_id=project_id, execution_id=execution_id, steps=steps)


@pytest.fixture
def owner() -> Owner:
    return Owner()


async def begun(coalescing: Coalescing, owner: Owner, question: Query, **how: Any) -> asyncio.Task[int]:
    """Return a caller who has asked, or joined, and waits."""
    task = asyncio.create_task(coalescing.ask(question, owner.ask, **how))
    for _ in range(3):
        await asyncio.sleep(0)
    return task


async def test_two_hundred_who_ask_the_same_at_once_ask_once(owner: Owner) -> None:
    coalescing = Coalescing()
    callers = [asyncio.create_task(coalescing.ask(about(), owner.ask)) for _ in range(200)]
    owner.answers.set()

    assert await asyncio.gather(*callers) == [1] * 200
    assert owner.asked == 1


async def test_who_asks_after_the_answer_asks_again(owner: Owner) -> None:
    coalescing = Coalescing()
    owner.answers.set()

    assert [await coalescing.ask(about(), owner.ask) for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize(
    "other",
    [about(project_id=OTHER), about(uuid7()), about(steps=False), ListExecutions(project_id=PROJECT)],
)
async def test_questions_that_differ_in_anything_share_nothing(owner: Owner, other: Query) -> None:
    coalescing = Coalescing()
    one = await begun(coalescing, owner, about())
    two = await begun(coalescing, owner, other)
    owner.answers.set()

    assert (await one, await two) == (1, 2)


async def test_a_caller_that_gives_up_takes_nothing_from_the_others(owner: Owner) -> None:
    coalescing = Coalescing()
    first, second, third = [await begun(coalescing, owner, about()) for _ in range(3)]
    first.cancel()
    third.cancel()
    await asyncio.wait([first, third])
    late = await begun(coalescing, owner, about())
    owner.answers.set()

    assert (await second, await late) == (1, 1)
    assert first.cancelled()
    assert third.cancelled()


async def test_a_failure_reaches_all_who_waited_and_nobody_later(owner: Owner) -> None:
    coalescing = Coalescing()
    owner.fault = FaultError("unavailable", "storage cannot reach its database")
    callers = [await begun(coalescing, owner, about()) for _ in range(5)]
    owner.answers.set()
    failures = await asyncio.gather(*callers, return_exceptions=True)
    owner.fault = None

    assert failures == [failures[0]] * 5
    assert isinstance(failures[0], FaultError)
    assert await coalescing.ask(about(), owner.ask) == 2


async def test_a_failure_that_nobody_waits_for_any_more_makes_no_noise(owner: Owner) -> None:
    noise: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: noise.append(context))
    coalescing = Coalescing()
    owner.fault = FaultError("unavailable", "storage cannot reach its database")
    caller = await begun(coalescing, owner, about())
    caller.cancel()
    await asyncio.wait([caller])
    owner.answers.set()
    for _ in range(5):
        await asyncio.sleep(0)
    owner.fault = None
    del caller
    gc.collect()

    assert noise == []
    assert await coalescing.ask(about(), owner.ask) == 2


async def test_who_asks_afresh_joins_nothing_and_is_joined_by_later_ones(owner: Owner) -> None:
    coalescing = Coalescing()
    before = await begun(coalescing, owner, about())
    fresh = await begun(coalescing, owner, about(), afresh=True)
    later = await begun(coalescing, owner, about())
    owner.answers.set()

    assert (await before, await fresh, await later) == (1, 2, 2)
    assert await coalescing.ask(about(), owner.ask) == 3


async def test_what_is_outdated_is_joined_by_nobody_and_still_answered(owner: Owner) -> None:
    coalescing = Coalescing()
    before = await begun(coalescing, owner, about())
    elsewhere = await begun(coalescing, owner, about(other := uuid7()))
    coalescing.outdate({EXECUTION})
    after, joined = await begun(coalescing, owner, about()), await begun(coalescing, owner, about(other))
    owner.answers.set()

    assert (await before, await elsewhere, await after, await joined) == (1, 2, 3, 2)


async def test_the_end_of_an_older_question_leaves_the_newer_one_to_be_joined(owner: Owner) -> None:
    coalescing = Coalescing()
    older = await begun(coalescing, owner, about())
    newer_owner = Owner()
    newer = await begun(coalescing, newer_owner, about(), afresh=True)
    owner.answers.set()
    await older
    await asyncio.sleep(0)
    joined = await begun(coalescing, newer_owner, about())
    newer_owner.answers.set()

    assert (await newer, await joined, newer_owner.asked) == (1, 1, 1)
