"""Control flow: steps whose work is other steps. One file a construct; a new one is one file and one line here."""

from typing import Any

from testmesh_engine.executor.attempt import Tried
from testmesh_engine.executor.control.attempt import CarryOut, attempt_one
from testmesh_engine.executor.control.condition import run_condition
from testmesh_engine.executor.control.for_each import run_for_each
from testmesh_engine.executor.control.group import run_group
from testmesh_engine.executor.control.parallel import run_parallel
from testmesh_engine.executor.control.repeat_until import run_repeat_until
from testmesh_engine.executor.control.run_flow import run_called_flow
from testmesh_engine.executor.course import Course
from testmesh_engine.executor.place import Place
from testmesh_engine.executor.recorder import Record
from testmesh_engine.language.controls import Condition, ForEach, Group, Parallel, RepeatUntil, RunFlow
from testmesh_engine.language.models import Step

_CARRY_OUT: dict[type[Any], CarryOut] = {
    Condition: run_condition,
    ForEach: run_for_each,
    Group: run_group,
    Parallel: run_parallel,
    RepeatUntil: run_repeat_until,
    RunFlow: run_called_flow,
}


async def attempt_control(step: Step, record: Record, place: Place, course: Course, most: float | None) -> Tried:
    """Try a step of control flow once; `most` bounds its time beyond what the step says."""
    return await attempt_one(_CARRY_OUT[type(step.control)], step, record, place, course, most)


__all__ = ["attempt_control"]
