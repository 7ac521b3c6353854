"""`for_each`: steps once for each item, in order or side by side; a loop over nothing is an error."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from testmesh_engine.executor.block import run_block
from testmesh_engine.executor.control.attempt import Work
from testmesh_engine.executor.control.ending import Ending
from testmesh_engine.executor.control.side_by_side import SideBySide
from testmesh_engine.executor.scope import Scope
from testmesh_engine.executor.tally import Tally, what_became_of
from testmesh_engine.expressions import shown
from testmesh_engine.language.controls import ForEach


class NotIterableError(Exception):
    """What a loop cannot go over."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


async def run_for_each(loop: ForEach, work: Work) -> Ending:
    """Carry out the passes; in order they share the variables around the loop, side by side each has its own."""
    try:
        items = _items(loop, work.given)
    except NotIterableError as error:
        return Ending("error", "TM452", error.message)
    if len(items) < loop.least:
        message = f"the loop has {_count(items)}, fewer than min_iterations: {loop.least}; nothing may be left untested"
        return Ending("error", "TM450", message, {"iterations": 0})
    if len(items) > loop.most:
        message = f"the loop has {_count(items)}, more than max_iterations: {loop.most}; raise it or narrow the list"
        return Ending("error", "TM451", message, {"iterations": 0})
    passes = _Passes(loop, work)
    try:
        await passes.run(items)
    finally:
        if passes.last is not None:
            work.inner.scope.take_over(passes.last)
    return passes.ending(items)


@dataclass(slots=True)
class _Passes:
    loop: ForEach
    work: Work
    tallies: dict[int, Tally] = field(default_factory=dict)
    together: SideBySide = field(default_factory=SideBySide)
    last: Scope | None = None
    """Of the pass begun last, where passes share what they leave."""

    async def run(self, items: Sequence[Any]) -> None:
        if self.loop.at_once > 1:
            await self.together.run(range(len(items)), self.loop.at_once, lambda index: self._one(index, items))
            return
        for index in range(len(items)):
            await self._one(index, items)
            if self._is_over(index):
                return
            if index % 100 == 99:
                await asyncio.sleep(0)  # steps that never wait must not keep a cancel from being heard

    async def _one(self, index: int, items: Sequence[Any]) -> None:
        loop, inner = self.loop, self.work.inner
        names = {loop.item_name: items[index], loop.index_name: index}
        if loop.at_once > 1:
            scope = inner.scope.apart(names)
        else:
            scope = self.last = inner.scope.again(names)
        self.tallies[index] = await run_block(loop.steps, inner.passing(index, scope), self.work.course)
        if self._is_over(index):
            self.together.begin_no_more()

    def _is_over(self, index: int) -> bool:
        failed = self.tallies[index].gravest() is not None
        return (failed and not self.loop.continue_on_error) or self.work.course.is_exhausted

    def ending(self, items: Sequence[Any]) -> Ending:
        tallies = [self.tallies[index] for index in sorted(self.tallies)]
        bad = [found for found in (tally.gravest() for tally in tallies) if found is not None]
        result = {
            "iterations": len(tallies),
            "passed": sum(1 for tally in tallies if tally.carried_out) - len(bad),
            "failed": len(bad),
            "outputs": [dict(tally.variables) for tally in tallies],
        }
        ending = Ending(result=result, did_something=any(tally.passed for tally in tallies))
        if self.loop.at_once == 1:
            for tally in tallies:
                ending.variables.update(tally.variables)
        gravest = next((record for record in bad if record.status == "error"), bad[0] if bad else None)
        if gravest is not None:
            ending.status, ending.code, ending.names_inner = gravest.status, gravest.error_code, True
            ending.is_mistake = any(record.is_mistake for record in bad)
            more = f" (and {len(bad) - 1} more of {len(items)} passes)" if len(bad) > 1 else ""
            ending.message = what_became_of(gravest) + more
        elif len(tallies) < len(items):
            ending.status, ending.code = "error", "TM455"
            ending.message = f"{len(tallies)} of {_count(items)} were looped over: too many steps"
        elif not any(tally.carried_out for tally in tallies):
            ending.status = "skipped"
            ending.message = "every step inside was skipped or disabled" if tallies else "there is nothing to loop over"
        return ending


def _items(loop: ForEach, given: dict[str, Any]) -> Sequence[Any]:
    if loop.items is not None:
        items = given.get("items")
        if isinstance(items, list):
            return items
        raise NotIterableError(f"items: a list belongs here, not {shown(items)}; take a map's values(…) or keys(…)")
    span = given.get("range")
    if isinstance(span, list):
        return span
    if isinstance(span, dict):
        return _stretch(span, loop.most)
    return _stretch({"from": 0, "to": _whole(span, "range") - 1}, loop.most)


def _stretch(span: dict[str, Any], most: int) -> Sequence[Any]:
    start, end, step = (
        _whole(span.get(key, default), key) for key, default in (("from", 0), ("to", None), ("step", 1))
    )
    if step == 0:
        raise NotIterableError("range: a step of 0 never arrives")
    numbers = range(start, end + (1 if step > 0 else -1), step)
    return list(numbers[: most + 1])


def _whole(value: Any, key: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise NotIterableError(f"range: {key} is a whole number, not {shown(value)}")
    return value


def _count(items: Sequence[Any]) -> str:
    return "1 item" if len(items) == 1 else f"{len(items)} items"
