"""What the chosen steps of a flow read from steps that were left out."""

from collections.abc import Iterator
from typing import Any

from testmesh_cli.selection.parts import Part, chains
from testmesh_engine.language.models import Flow, Step
from testmesh_engine.language.readings import all_names

_WRAPPER = "/flow"


def missing_steps(flow: Flow, part: Part) -> list[str]:
    """Return the ids of the steps that were left out, and give a name that a chosen one reads."""
    leaves = [chain[-1] for chain in chains(flow)]
    read = set(all_names(step for step in leaves if id(step) not in part.out))
    return [step.id for step in leaves if id(step) in part.out and read & set(_given_by(flow, step))]


def hint(flow: Flow, part: Part) -> str:
    """Say what to choose as well; nothing where no step is missed."""
    missing = missing_steps(flow, part)
    if not missing:
        return ""
    by_step = part.why.startswith("--step ")
    more = " ".join([*(f"--step {step}" for step in missing), part.why])
    advice = f"try {more}" if by_step else "put what every step needs into setup"
    return f"left out, and read by what was chosen: {', '.join(missing)}; {advice}"


def _given_by(flow: Flow, step: Step) -> Iterator[str]:
    yield step.id
    yield from (output.name for output in step.outputs)
    if step.action == "set":
        yield from _written(flow, step).get("config", {})


def _written(flow: Flow, step: Step) -> Any:
    place = step.pointer.removeprefix(_WRAPPER) if step.pointer.startswith(f"{_WRAPPER}/") else step.pointer
    found: Any = flow.definition
    for part in place.split("/")[1:]:
        found = found[int(part)] if isinstance(found, list) else found[part]
    return found
