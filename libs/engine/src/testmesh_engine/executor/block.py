"""Steps in order: each after the one before it, none after one that stops the list."""

import asyncio

from testmesh_engine.executor.course import Course
from testmesh_engine.executor.interruption import halt_if_cut_off
from testmesh_engine.executor.place import Place
from testmesh_engine.executor.tally import Tally
from testmesh_engine.language.controls import Steps


async def run_steps(steps: Steps, place: Place, course: Course, tally: Tally) -> None:
    """Carry out the steps of one list; those that are not reached are recorded as skipped."""
    done = 0
    try:
        while tally.stopped_by is None and done < len(steps := course.as_now(steps, place)):
            tally.take(await course.run_step(steps[done], place))
            done += 1
        halt_if_cut_off()  # where an action let no cancel pass; before each step, `run_step` looks itself
    except asyncio.CancelledError:
        course.recorder.passes_over(steps[done:], place, f"not run: {place.stop.why.message}")
        raise
    if tally.stopped_by is not None and done < len(steps):
        course.recorder.passes_over(steps[done:], place, not_run_after(tally))


def not_run_after(tally: Tally) -> str:
    cause = tally.stopped_by or tally.gravest()
    verb = "ended in an error" if cause is not None and cause.status == "error" else "failed"
    return f"not run: step {cause.path if cause else 'before it'} {verb}"


async def run_block(steps: Steps, place: Place, course: Course) -> Tally:
    """Carry out the steps that another step holds, and return what they add up to."""
    tally = Tally(course.warnings)
    await run_steps(steps, place, course, tally)
    return tally
