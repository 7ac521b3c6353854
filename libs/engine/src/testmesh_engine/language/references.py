"""What steps refer to: a step that comes later is a fault, a name that nothing here defines is a note.

A name may come from the environment or the caller, so that an undefined one is judged when the step runs.
"""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from testmesh_engine.actions.registry import ActionRegistry
from testmesh_engine.language.diagnostics import Faults, pointer_to
from testmesh_engine.language.models import Flow, Step
from testmesh_engine.language.nodes import Node

ALWAYS = frozenset(("flow", "execution", "secrets", "env", "item", "index"))


def check_references(flow: Flow, node: Node, pointer: str, registry: ActionRegistry, faults: Faults) -> None:
    """Look at each name that a step reads, in the order in which steps run."""
    ids = [step.id for step in flow.all_steps()]
    defined = ALWAYS | set(flow.env) | {found.name for found in flow.inputs}
    for phase, steps in (("setup", flow.setup), ("steps", flow.steps), ("teardown", flow.teardown)):
        for index, step in enumerate(steps):
            where = pointer_to(pointer_to(pointer, phase), index)
            later = set(ids[ids.index(step.id) :])
            step_node = node.at(where.removeprefix(pointer))
            _check_step(step, step_node, where, defined, later, registry, faults)
            defined = defined | {step.id} | set(_sets(step, step_node, registry))


def _check_step(
    step: Step,
    node: Node,
    pointer: str,
    defined: frozenset[str] | set[str],
    later: set[str],
    registry: ActionRegistry,
    faults: Faults,
) -> None:
    action = registry.find(step.action)
    results = set(action.result.model_fields) if action else set()
    own = results | {step.id} | {output.name for output in step.outputs}
    for key, names in _read_names(step):
        place = node.get(key)
        for name in sorted(set(names)):
            if name in defined or (key in ("assert", "output") and name in own):
                continue
            spot = place.place if place is not None else node.place
            if name in later:
                what = "itself" if name == step.id else f'the step "{name}", which comes later'
                message = f'"{key}" of the step "{step.id}" refers to {what}'
                faults.add("TM302", message, spot, pointer_to(pointer, key), "only earlier steps have results")
            elif not name.isupper() and key not in ("assert", "output"):
                close = get_close_matches(name, sorted(defined), n=1)
                hint = f'did you mean "{close[0]}"?' if close else "the environment or the caller sets it"
                message = f'nothing in this flow defines "{name}"'
                faults.note("TM306", message, spot, pointer_to(pointer, key), hint)


def _read_names(step: Step) -> Iterator[tuple[str, Iterable[str]]]:
    if step.name_template is not None:
        yield "name", step.name_template.names
    yield "config", step.config.names
    if step.when is not None:
        yield "when", step.when.names
    for assertion in step.assertions:
        yield "assert", assertion.expression.names
        if assertion.message is not None:
            yield "assert", assertion.message.names


def _sets(step: Step, node: Node, registry: ActionRegistry) -> Iterator[str]:
    for output in step.outputs:
        yield output.name
    action = registry.find(step.action)
    config = node.get("config")
    if action is not None and action.sets_variables and config is not None and isinstance(config.value, dict):
        yield from config.value
