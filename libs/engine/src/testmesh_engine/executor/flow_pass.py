"""One pass of one flow: setup, steps, and a teardown whatever happened; of a flow with rows, one row."""

import asyncio
from typing import Any, NamedTuple

from testmesh_contracts.message import TerminalStatus
from testmesh_engine.executor.block import not_run_after, run_steps
from testmesh_engine.executor.course import Course
from testmesh_engine.executor.interruption import Interruption, out_of_time, teardown_out_of_time
from testmesh_engine.executor.place import Place, Stop
from testmesh_engine.executor.supervision import Supervision
from testmesh_engine.executor.tally import Tally, what_became_of
from testmesh_engine.executor.weight import bounded
from testmesh_engine.expressions import ExpressionError
from testmesh_engine.language.controls import Steps
from testmesh_engine.language.models import TEARDOWN_TIMEOUT_S, Flow, with_inner

Fault = tuple[str, str]


class Verdict(NamedTuple):
    """How a flow, or one pass of it, ended; outputs are as they are, secrets included."""

    status: TerminalStatus
    code: str | None
    message: str | None
    outputs: dict[str, Any]
    interruption: Interruption | None = None


class FlowPass:
    """The state of one pass."""

    def __init__(self, flow: Flow, course: Course, place: Place, *, nested: bool) -> None:
        self._flow = flow
        self._course = course
        self._place = place
        self._nested = nested
        self._tally = Tally(course.warnings)
        self._fault: Fault | None = None
        self._outputs: dict[str, Any] = {}

    async def run(self, ends: float, cancel: asyncio.Event | None) -> Verdict:
        """Carry out the pass; a cancel of a nested one is passed on once its teardown is over."""
        flow = self._flow
        supervision = Supervision(self._course, self._place, nested=self._nested)
        cut_off = await supervision.over_body(self._body(), ends, out_of_time(flow.timeout), cancel)
        self._fault = self._fault or supervision.fault
        self._passes_over(self._why_not(cut_off), flow.requires, flow.setup, flow.steps)
        if flow.teardown:
            await self._teardown(supervision, self._why_not(cut_off))
        supervision.pass_on()
        status, code, message = self._tally.verdict(cut_off, self._fault)
        return Verdict(status, code, message, self._outputs if status == "passed" else {}, cut_off)

    async def _body(self) -> None:
        flow, tally = self._flow, self._tally
        await self._gate(flow.requires)
        if self._fault is None:
            await self._phase(flow.setup)
            tally.carried_out = tally.passed = 0
            await self._phase(flow.steps)
            if not tally.problems and not self._is_partial():
                self._take_outputs()

    async def _gate(self, requires: Steps) -> None:
        """See whether the target can be tested at all; what is wrong here says nothing of it."""
        if not requires:
            return
        gate = Tally(self._course.warnings)
        await run_steps(requires, self._place, self._course, gate)
        found = gate.gravest()
        if found is not None:
            self._fault = ("TM458", f"target not ready: {what_became_of(found)}")
        elif not gate.carried_out:
            self._fault = ("TM458", "target not ready: every step of requires was skipped")

    async def _phase(self, steps: Steps) -> None:
        if self._tally.stopped_by is None:
            await run_steps(steps, self._place, self._course, self._tally)

    def _is_partial(self) -> bool:
        """Say whether steps are left out of this run, so that the flow's outputs may not be there to be taken."""
        left_out = self._course.options.left_out
        return any(left_out(self._flow, step) is not None for step in with_inner(self._flow.steps))

    def _take_outputs(self) -> None:
        scope = self._place.scope.outside()
        for name, expression in self._flow.outputs.items():
            try:
                self._outputs[name] = bounded(expression.evaluate(scope))
            except ExpressionError as error:
                self._fault = (error.code, f"the flow's output {name}: {error.message}")
                continue
            if name in self._flow.secret_outputs:
                self._course.recorder.mask.add(self._outputs[name])

    def _passes_over(self, reason: str, *lists: Steps) -> None:
        for steps in lists:
            self._course.recorder.passes_over(self._course.as_now(steps, self._place), self._place, reason)

    async def _teardown(self, supervision: Supervision, reason: str) -> None:
        flow, tally, stop = self._flow, Tally(self._course.warnings), Stop()
        place = self._place._replace(stop=stop)
        ended = teardown_out_of_time(TEARDOWN_TIMEOUT_S)
        work = run_steps(flow.teardown, place, self._course, tally)
        cut_off = await supervision.over_teardown(work, stop, TEARDOWN_TIMEOUT_S, ended)
        self._tally.teardown_problems = tally.teardown_problems
        if cut_off is not None:
            self._tally.teardown_fault = (cut_off.code, cut_off.message)
        self._passes_over(reason if cut_off is None else cut_off.message, flow.teardown)

    def _why_not(self, interruption: Interruption | None) -> str:
        if interruption is not None:
            return f"not run: {interruption.message}"
        if self._fault is not None:
            return f"not run: {self._fault[1]}"
        return not_run_after(self._tally)
