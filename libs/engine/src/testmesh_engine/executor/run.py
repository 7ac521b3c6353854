"""One run of a flow, from its first step to the end of its teardown."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

from testmesh_engine.executor.interruption import CANCELLED, Interruption, is_cut_off, out_of_time, teardown_out_of_time
from testmesh_engine.executor.masking import Mask
from testmesh_engine.executor.options import Emit, FlowOutcome, RunOptions
from testmesh_engine.executor.preparation import PreparationError, prepare
from testmesh_engine.executor.presentation import clean, clean_text
from testmesh_engine.executor.recorder import Recorder
from testmesh_engine.executor.scope import Scope
from testmesh_engine.executor.step import StepRunner
from testmesh_engine.executor.tally import Tally
from testmesh_engine.expressions import ExpressionError
from testmesh_engine.language.models import TEARDOWN_TIMEOUT_S, Flow, Step

GRACE_S = 0.75
"""How long a step may take to notice that it is cancelled; one that takes longer is left to itself."""


async def run_flow(flow: Flow, *, run: RunOptions, emit: Emit, cancel: asyncio.Event) -> FlowOutcome:
    """Carry out a flow and tell each step by `emit`.

    Teardown runs whatever happened before it, also after `cancel` was set, which ends the running step within
    a second. Nothing that a step does raises here; only cancelling the task that awaits this does, and then
    there is no teardown.
    """
    return await FlowRun(flow, run, emit).carry_out(cancel)


class FlowRun:
    """The state of one run."""

    def __init__(self, flow: Flow, options: RunOptions, emit: Emit) -> None:
        self._flow = flow
        self._options = options
        self._mask = Mask()
        self._scope = Scope(flow, options)
        self._recorder = Recorder(emit, self._mask, options.artifacts, options.clock)
        self._runner = StepRunner(flow, options, self._scope, self._recorder)
        self._tally = Tally()
        self._fault: tuple[str, str] | None = None
        self._outputs: dict[str, Any] = {}

    async def carry_out(self, cancel: asyncio.Event) -> FlowOutcome:
        interruption: Interruption | None = CANCELLED if cancel.is_set() else None
        if interruption is None and self._prepared():
            flow = self._flow
            interruption = await self._supervised(self._body(), flow.timeout, out_of_time(flow.timeout), cancel)
            self._pass_over((*flow.setup, *flow.steps), self._why_not(interruption))
            await self._teardown()
        self._pass_over(self._flow.all_steps(), self._why_not(interruption))
        return self._outcome(interruption)

    def _prepared(self) -> bool:
        try:
            prepare(self._flow, self._options, self._scope, self._mask)
        except PreparationError as error:
            self._fault = (error.code, error.message)
        return self._fault is None

    async def _body(self) -> None:
        await self._phase(self._flow.setup)
        await self._phase(self._flow.steps)
        if not self._tally.problems:
            self._take_outputs()

    async def _phase(self, steps: Iterable[Step]) -> None:
        for step in steps:
            if is_cut_off() or self._tally.stopped_by is not None:
                return
            record = await self._runner.run(step)
            if is_cut_off():
                return
            self._tally.take(record)

    def _take_outputs(self) -> None:
        for name, expression in self._flow.outputs.items():
            try:
                self._outputs[name] = expression.evaluate(self._scope.outside())
            except ExpressionError as error:
                self._fault = (error.code, f"the flow's output {name}: {error.message}")

    async def _teardown(self) -> None:
        if not self._flow.teardown:
            return
        self._runner.interruption = None
        self._tally.stopped_by = None
        ended = teardown_out_of_time(TEARDOWN_TIMEOUT_S)
        cut_off = await self._supervised(self._phase(self._flow.teardown), TEARDOWN_TIMEOUT_S, ended, None)
        if cut_off is not None:
            self._tally.teardown_fault = (cut_off.code, cut_off.message)
            self._pass_over(self._flow.teardown, cut_off.message)

    async def _supervised(
        self, work: Coroutine[Any, Any, None], seconds: float, late: Interruption, cancel: asyncio.Event | None
    ) -> Interruption | None:
        """Let work run to its end, its time's end or the cancel; return what cut it off, if anything did."""
        task = asyncio.create_task(work)
        waits: set[asyncio.Task[Any]] = {task}
        if cancel is not None:
            waits.add(asyncio.create_task(cancel.wait()))
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                self._runner.interruption = CANCELLED if cancel is not None and cancel.is_set() else late
                await self._interrupt(task)
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait({task}, timeout=GRACE_S)
            raise
        finally:
            for waiting in waits:
                waiting.cancel()
        if task.done() and not task.cancelled() and task.exception() is not None:
            error = task.exception()
            self._fault = ("TM419", f"the engine broke down: {type(error).__name__}: {error}")
        return self._runner.interruption

    async def _interrupt(self, task: asyncio.Task[None]) -> None:
        task.cancel()
        await asyncio.wait({task}, timeout=GRACE_S)
        if task.done():
            return
        task.add_done_callback(_look_at)
        why = self._runner.interruption or CANCELLED
        for record in self._recorder.open_records():
            message = f"{why.message}; the action did not stop when it was told to"
            record.ends(why.status, why.code, message)
            self._recorder.ends(record)

    def _why_not(self, interruption: Interruption | None) -> str:
        if interruption is not None:
            return f"not run: {interruption.message}"
        if self._fault is not None:
            return f"not run: {self._fault[1]}"
        failed = self._tally.problems[0].step.id if self._tally.problems else "an earlier one"
        return f"not run: step {failed} failed"

    def _pass_over(self, steps: Iterable[Step], reason: str) -> None:
        for step in steps:
            if step.id not in self._recorder.told:
                self._recorder.passes_over(step, reason)

    def _outcome(self, interruption: Interruption | None) -> FlowOutcome:
        status, code, message = self._tally.verdict(interruption, self._fault)
        warnings = list(self._tally.warnings)
        if status == "passed" and not self._runner.assertions_judged:
            warnings.append("no assertion was judged: the flow passed because nothing broke down")
        return FlowOutcome(
            status=status,
            error_code=code,
            error_message=None if message is None else self._recorder.cleaned(message),
            warnings=[clean_text(warning, self._mask) for warning in warnings],
            outputs=clean(self._outputs, self._mask) if status == "passed" else {},
            step_counts=self._recorder.counts,
        )


def _look_at(task: asyncio.Task[None]) -> None:
    """Take the end of a task that was left to itself, so that asyncio does not report it as forgotten."""
    if not task.cancelled():
        task.exception()
