"""`repeat_until`: steps again and again until an expression is true; it fails when its time is up."""

import asyncio
from typing import Any

from testmesh_engine.executor.block import run_block
from testmesh_engine.executor.control.attempt import Work
from testmesh_engine.executor.control.ending import Ending, of_tally
from testmesh_engine.executor.interruption import step_out_of_time
from testmesh_engine.executor.place import Stop
from testmesh_engine.executor.scope import Scope
from testmesh_engine.expressions import shown
from testmesh_engine.language.controls import RepeatUntil
from testmesh_sdk import format_duration

INDEX = "index"
_SHOWN = 3


async def run_repeat_until(repeat: RepeatUntil, work: Work) -> Ending:
    """Carry out passes until `until` holds; a step that did not pass, or an `until` without a value, ends them."""
    stop = Stop(work.inner.stop)
    stop.late = step_out_of_time(work.inner.parent or work.step.id, repeat.within)
    passes = _Passes(repeat, work, stop)
    try:
        async with asyncio.timeout(repeat.within) as stop.clock:
            return await passes.run()
    except TimeoutError:
        return passes.out_of_time()
    finally:
        if passes.last is not None:
            work.inner.scope.take_over(passes.last)


class _Passes:
    """The passes of one try, and what `until` said last."""

    def __init__(self, repeat: RepeatUntil, work: Work, stop: Stop) -> None:
        self._repeat = repeat
        self._work = work
        self._stop = stop
        self._made = 0
        self._carried_out = False
        self._result: dict[str, Any] = {"iterations": 0}
        self._said = ""
        self._doubts: list[str] = []
        self.last: Scope | None = None
        """Of the pass begun last."""

    async def run(self) -> Ending:
        inner, course = self._work.inner, self._work.course
        while True:
            scope = self.last = inner.scope.again({INDEX: self._made})
            place = inner._replace(scope=scope, stop=self._stop, iteration=self._made)
            tally = await run_block(self._repeat.steps, place, course)
            self._made += 1
            self._result = {"iterations": self._made, "outputs": dict(tally.variables)}
            ending = of_tally(tally, self._result)
            if ending.status not in ("passed", "skipped"):
                return ending
            self._carried_out = self._carried_out or ending.status == "passed"
            if self._carried_out:
                ending.status, ending.message = "passed", None
            if self._is_over(scope, ending):
                return ending
            if course.is_exhausted:
                message = f"until: {self._repeat.until.text} did not hold before the run had recorded too many steps"
                return Ending("error", "TM455", message, self._result)
            await asyncio.sleep(self._repeat.every)

    def _is_over(self, scope: Scope, ending: Ending) -> bool:
        """Say whether `until` holds, or has no value or is no yes or no: that is the error which ends the passes.

        What holds over nothing alone, as `all(…)` of an empty list does, may not have begun: the passes go on.
        """
        outcome = self._repeat.until.check(scope.outside())
        self._said = ", ".join(f"{read.text} = {shown(read.value)}" for read in outcome.operands[:_SHOWN])
        if outcome.error is not None:
            ending.status, ending.code = "error", outcome.code or "TM403"
            ending.message, ending.is_mistake = f"until: {outcome.error}", True
        self._doubts = outcome.warnings
        return (outcome.holds and not outcome.warnings) or outcome.error is not None

    def out_of_time(self) -> Ending:
        """Return the end of passes whose time is up; without a whole pass nothing can be said of `until`."""
        within = format_duration(self._repeat.within)
        if not self._made:
            message = f"not one pass of the steps ended within {within}; raise `within` or look at the target"
            return Ending("error", "TM410", message, self._result)
        last = f"; last seen: {self._said}" if self._said else ""
        passes = "pass" if self._made == 1 else "passes"
        held = f"held with a doubt alone ({'; '.join(self._doubts)})" if self._doubts else "did not hold"
        message = f"until: {self._repeat.until.text} {held} within {within}, in {self._made} {passes}{last}"
        return Ending("failed", "TM453", message, self._result)
