"""Which flows a run calls: all found, and cycles refused, before the first step."""

from testmesh_engine.executor.course import Course
from testmesh_engine.executor.preparation import PreparationError
from testmesh_engine.executor.sources import SourceError
from testmesh_engine.language.controls import RunFlow
from testmesh_engine.language.diagnostics import FlowInvalidError
from testmesh_engine.language.limits import MAX_CALLED, MAX_NESTING
from testmesh_engine.language.models import Flow

Chain = tuple[Flow, ...]
"""Flows of which each calls the next."""


async def find_called(flow: Flow, course: Course) -> None:
    """Find every flow that a flow calls, and those that they call.

    Raises:
        PreparationError: one cannot be had, or calls one that calls it.
    """
    await _follow(flow, course, (flow,), {})


async def _follow(flow: Flow, course: Course, chain: Chain, longest: dict[tuple[str, str], Chain]) -> Chain:
    """Return the longest chain that begins with a flow; each flow is followed once, however many ways lead to it."""
    _assert_not_too_deep(chain)
    key = (flow.file, flow.digest)
    if key not in longest:
        below: Chain = ()
        for step in flow.calls:
            assert isinstance(step.control, RunFlow)
            called = await _called(step.control.flow, flow, course)
            if any(_is_same(called, above) for above in chain):
                raise PreparationError("TM454", f"flows that call one another never end: {_names((*chain, called))}")
            below = max(below, await _follow(called, course, (*chain, called), longest), key=len)
        longest[key] = (flow, *below)
    _assert_not_too_deep((*chain, *longest[key][1:]))
    return longest[key]


def _assert_not_too_deep(chain: Chain) -> None:
    if len(chain) > MAX_NESTING:
        names = _names(chain[: MAX_NESTING + 1])
        raise PreparationError("TM454", f"flows that call one another deeper than {MAX_NESTING}: {names}")


def _names(chain: Chain) -> str:
    return " → ".join(flow.name for flow in chain)


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
    course.called[key] = found = course.options.timed(found)
    return found


def _is_same(one: Flow, other: Flow) -> bool:
    return (one.file, one.digest) == (other.file, other.digest)
