"""One run of a flow, from its first step to the end of its teardown."""

import asyncio
from typing import Any

from testmesh_engine.egress.errors import UnguardedLoopError
from testmesh_engine.egress.passage import assert_guarded, guarded
from testmesh_engine.executor.calls import find_called
from testmesh_engine.executor.course import Course
from testmesh_engine.executor.flow_execution import FlowExecution
from testmesh_engine.executor.flow_pass import Verdict
from testmesh_engine.executor.keeping import Keeping
from testmesh_engine.executor.masking import Mask
from testmesh_engine.executor.options import Emit, FlowOutcome, RunOptions
from testmesh_engine.executor.preparation import Given, PreparationError
from testmesh_engine.executor.presentation import clean, clean_text
from testmesh_engine.executor.recorder import Recorder
from testmesh_engine.executor.step import StepRunner
from testmesh_engine.expressions import Generators
from testmesh_engine.language.models import Flow

UNJUDGED = "no assertion was judged: the flow passed because nothing broke down"

CLOSE_S = 5.0
"""Seconds that each thing may take to close which an execution had for itself."""


async def run_flow(flow: Flow, *, run: RunOptions, emit: Emit, cancel: asyncio.Event) -> FlowOutcome:
    """Carry out a flow and tell each step by `emit`.

    Teardown runs whatever happened before it, also after `cancel` was set, which ends the running steps within
    a second. Nothing that a step does raises here; only cancelling the task that awaits this does, and then
    there is no teardown.
    """
    course, flow = _course(run, emit), run.timed(flow)
    execution = FlowExecution(flow, course, Given(run.variables, run.inputs))
    try:
        assert_guarded(run.egress)
    except UnguardedLoopError as error:
        return _outcome(execution.unrun(Verdict("error", error.code, error.message, {})), course)
    try:
        if flow.calls and not cancel.is_set():
            await find_called(flow, course)
        verdict = await execution.run(cancel)
    except PreparationError as error:
        verdict = execution.unrun(Verdict("error", error.code, error.message, {}))
    finally:
        await _close(course)
        del course.run_step  # it refers to the course: as a cycle, all of the run would wait for the collector
    return _outcome(verdict, course)


async def _close(course: Course) -> None:
    """Close what the run's actions opened for it; what does not close is told, and changes no verdict."""
    course.recorder.is_closing = True
    try:
        with guarded(course.options.egress):
            await course.own.close(each_s=CLOSE_S)
    except ExceptionGroup as group:
        for error in group.exceptions:
            said = str(error) or type(error).__name__
            course.warnings.append(f"something that the flow had opened did not close: {said}")
    finally:
        course.recorder.is_closing = False


def _course(options: RunOptions, emit: Emit) -> Course:
    mask = Mask()
    mask.add(dict(options.secrets))
    mask.add(list(options.secret_values))
    always: dict[str, Any] = {
        "execution": {"id": options.execution_id},
        "secrets": dict(options.secrets),
        "env": options.process_env,
    }
    keeping = Keeping(options.artifacts, options.execution_id, options.artifact_limits, mask)
    recorder = Recorder(emit, mask, keeping, options.clock, options.stopwatch, options.trace)
    course = Course(options, recorder, Generators(options.seed, options.clock), always)
    course.run_step = StepRunner(course).run
    return course


def _outcome(verdict: Verdict, course: Course) -> FlowOutcome:
    recorder, warnings = course.recorder, [*course.by_hand, *course.warnings]
    if verdict.status == "passed" and not course.assertions_judged:
        warnings.append(UNJUDGED)
    return FlowOutcome(
        status=verdict.status,
        error_code=verdict.code,
        error_message=None if verdict.message is None else recorder.cleaned(verdict.message),
        warnings=[clean_text(warning, recorder.mask) for warning in warnings],
        outputs=clean(verdict.outputs, recorder.mask),
        step_counts=recorder.counts,
        by_hand=[clean_text(deed, recorder.mask) for deed in course.by_hand],
    )
