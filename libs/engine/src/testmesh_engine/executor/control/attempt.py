"""One try of a step that holds others: what it was given, its steps within its time, its own assertions."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

from testmesh_engine.executor.attempt import MISTAKES, Reason, Tried, at_pointer, conclude, timed_out
from testmesh_engine.executor.control.ending import Ending
from testmesh_engine.executor.course import Course
from testmesh_engine.executor.interruption import step_out_of_time
from testmesh_engine.executor.judging import judge
from testmesh_engine.executor.place import Place, Stop
from testmesh_engine.executor.recorder import Record
from testmesh_engine.executor.scope import Scope
from testmesh_engine.executor.weight import bounded
from testmesh_engine.expressions import ExpressionError
from testmesh_engine.language.models import Step, with_inner


@dataclass(frozen=True, slots=True)
class Work:
    """What control flow works with: its own step and place, and the place of the steps inside it."""

    step: Step
    course: Course
    inner: Place
    given: dict[str, Any]
    """The config without its steps, references filled in."""


CarryOut = Callable[[Any, Work], Awaitable[Ending]]
_REASONS: dict[str, Reason] = {"failed": "assertion", "error": "error"}


async def attempt_one(
    carry_out: CarryOut, step: Step, record: Record, place: Place, course: Course, most: float | None
) -> Tried:
    """Try once; the end of the steps inside decides first, then the step's own assertions."""
    tried, started = Tried(), course.options.stopwatch()
    try:
        given = cast("dict[str, Any]", bounded(step.config.render(place.scope.outside())))
    except ExpressionError as error:
        return tried.ends("error", "final", error.code, at_pointer(error, "config"))
    tried.input = given
    stop = Stop(place.stop)
    scope = _begun(step, record, place)
    inner = place.inside(record.path, scope=scope, stop=stop, attempt=record.attempts_made)
    try:
        ending = await _within(carry_out, step, Work(step, course, inner, given), stop, most, tried)
    finally:
        place.scope.take_over(scope)  # also where it was cut off: the teardown may need them
    if ending is None:
        return tried
    elapsed = round((course.options.stopwatch() - started) * 1000, 3)
    tried.result, tried.inner = {"duration_ms": elapsed, **ending.result}, ending.variables
    if ending.status == "passed":
        tried.did_something = ending.did_something or bool(step.assertions)
        conclude(step, place.scope, tried.result, tried)
        return tried
    if ending.status == "skipped":
        tried.assertions, verdict = judge(step.assertions, place.scope.inside(step.id, tried.result, {}))
        if verdict is not None:
            return tried.ends(verdict.status, "assertion", verdict.code, verdict.message)
    tried.status, tried.code, tried.message = ending.status, ending.code, ending.message
    tried.reason = _REASONS.get(ending.status, "final")
    tried.names_inner, tried.is_mistake = ending.names_inner, ending.is_mistake or ending.code in MISTAKES
    return tried


def _begun(step: Step, record: Record, place: Place) -> Scope:
    """Return the scope of an attempt, in which nothing is left of the attempt before."""
    if record.attempts_made > 1:
        for left in with_inner(step.inner()):
            place.scope.results.pop(left.id, None)
    return place.scope.again()


async def _within(
    carry_out: CarryOut, step: Step, work: Work, stop: Stop, most: float | None, tried: Tried
) -> Ending | None:
    limit = min((seconds for seconds in (step.timeout, most) if seconds is not None), default=None)
    if limit is None:
        return await carry_out(step.control, work)
    stop.late = step_out_of_time(work.inner.parent or step.id, limit)
    try:
        async with asyncio.timeout(limit) as stop.clock:
            return await carry_out(step.control, work)
    except TimeoutError:
        knob = "`within`" if most is not None and limit == most else "the step's timeout"
        tried.ends("error", "timeout", "TM410", timed_out(limit, "", knob))
        return None
