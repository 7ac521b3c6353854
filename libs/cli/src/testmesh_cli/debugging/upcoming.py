"""Which step comes next, as far as the flow's text can tell."""

from testmesh_cli.debugging.words import Held
from testmesh_engine.language.models import Flow, Step, with_inner

_BAD = ("failed", "error")


def due_after(held: Held) -> str:
    """Return the step that is due behind one that has run, in words; nothing where that is not known."""
    step, flow = held.here.step, held.here.place.flow
    if held.ended is not None and held.ended.status in _BAD and not step.goes_on:
        return ""
    found = _beside(step, flow)
    if found is not None:
        return f"{found.id} ({found.action}, line {found.line})"
    around = next((one for one in reversed(held.around) if not one.step.implied), None)
    return "the end of the flow" if around is None else f"the end of {around.path}, or its next pass"


def _beside(step: Step, flow: Flow) -> Step | None:
    place, _, index = step.pointer.rpartition("/")
    if not index.isdecimal():
        return None
    following = f"{place}/{int(index) + 1}"
    found = next((one for one in with_inner(flow.phases()) if one.pointer == following), None)
    if found is not None or step not in flow.phases():
        return found
    phases = [flow.requires, flow.setup, flow.steps, flow.teardown]
    rest = phases[next(number for number, steps in enumerate(phases) if step in steps) + 1 :]
    return next((steps[0] for steps in rest if steps), None)
