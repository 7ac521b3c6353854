"""Which flows a run calls: all found, and cycles refused, before the first step."""

from testmesh_engine.executor.course import Course
from testmesh_engine.executor.preparation import PreparationError
from testmesh_engine.executor.sources import SourceError
from testmesh_engine.language.controls import RunFlow
from testmesh_engine.language.diagnostics import FlowInvalidError
from testmesh_engine.language.limits import MAX_CALLED, MAX_NESTING
from testmesh_engine.language.models import Flow


async def find_called(flow: Flow, course: Course) -> None:
    """Find every flow that a flow calls, and those that they call.

    Raises:
        PreparationError: one cannot be had, or calls one that calls it.
    """
    await _find(flow, course, (flow,))


async def _find(flow: Flow, course: Course, chain: tuple[Flow, ...]) -> None:
    for step in flow.calls:
        assert isinstance(step.control, RunFlow)
        reference = step.control.flow
        called = await _called(reference, flow, course)
        if any(_is_same(called, above) for above in chain):
            names = " → ".join(found.name for found in (*chain, called))
            raise PreparationError("TM454", f"flows that call one another never end: {names}")
        if len(chain) >= MAX_NESTING:
            names = " → ".join(found.name for found in (*chain, called))
            raise PreparationError("TM454", f"flows that call one another deeper than {MAX_NESTING}: {names}")
        await _find(called, course, (*chain, called))


async def _called(reference: str, flow: Flow, course: Course) -> Flow:
    key = (flow.file, flow.digest, reference)
    found = course.called.get(key)
    if found is not None:
        return found
    if len(course.called) >= MAX_CALLED:
        raise PreparationError("TM454", f"more than {MAX_CALLED} calls of other flows in one run")
    try:
        found = await course.options.sources.flow(reference, flow)
    except SourceError as error:
        raise PreparationError(error.code, error.message) from error
    except FlowInvalidError as error:
        message = f'the flow "{reference}", which "{flow.name}" runs, is not valid: {error}'
        raise PreparationError("TM456", message) from error
    course.called[key] = found
    return found


def _is_same(one: Flow, other: Flow) -> bool:
    return (one.file, one.digest) == (other.file, other.digest)
