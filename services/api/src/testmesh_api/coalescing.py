"""Equal questions that are under way at once are one question on the stream."""

import asyncio
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from testmesh_contracts import Message

R = TypeVar("R")
Ask = Callable[[], Coroutine[Any, Any, R]]


@dataclass(frozen=True, slots=True)
class _UnderWay:
    question: Message
    answer: asyncio.Task[Any]


class Coalescing:
    """Lets callers with equal questions wait for the same answer, or the same failure.

    An answer that is joined may tell of the moment just before its caller asked, by as long as a question
    takes. Who must not miss what he knows to have happened asks afresh; later callers join the newest
    question. A caller that gives up takes nothing from the others: a question under way ends by itself,
    at its deadline at the latest.
    """

    def __init__(self) -> None:
        self._under_way: dict[str, _UnderWay] = {}

    async def ask(self, question: Message, ask: Ask[R], *, afresh: bool = False) -> R:
        """Return the answer that `ask` gets, or that an equal question under way gets."""
        key = question.model_dump_json()
        found = None if afresh else self._under_way.get(key)
        if found is None:
            found = _UnderWay(question, asyncio.create_task(ask()))
            self._under_way[key] = found
            found.answer.add_done_callback(partial(self._forget, key))
        answer: R = await asyncio.shield(found.answer)
        return answer

    def outdate(self, executions: Collection[UUID]) -> None:
        """Let nobody join a question about these executions that was asked before this moment."""
        for key, found in list(self._under_way.items()):
            if getattr(found.question, "execution_id", None) in executions:
                del self._under_way[key]

    def _forget(self, key: str, answer: asyncio.Task[Any]) -> None:
        if (found := self._under_way.get(key)) is not None and found.answer is answer:
            del self._under_way[key]
        if not answer.cancelled():
            answer.exception()  # where all who waited have given up, nobody else looks at it
