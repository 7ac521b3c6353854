"""The config of a step against its action's model, before the flow starts.

Where a value holds a reference its type is not known yet: what the model says of that value is left to the
moment when it is rendered. Unknown and missing keys are known to be wrong at once.
"""

from typing import Any

from pydantic import ValidationError

from testmesh_engine.language.config_words import ConfigFault, config_faults
from testmesh_engine.language.diagnostics import Faults, pointer_to
from testmesh_engine.language.nodes import Node
from testmesh_sdk import Action, ActionConfig


def check_config(
    action: type[Action[Any, Any]], values: Any, node: Node, pointer: str, *, constant: bool, faults: Faults
) -> ActionConfig | None:
    """Return the validated config where all of it is known now; record what is wrong with it."""
    try:
        validated = action.config.model_validate(values)
    except ValidationError as error:
        found = config_faults(action.config, values, error)
        mistyped = {(one.path, one.hint) for one in found if one.kind == "unknown"}
        for one in found:
            if not (one.kind == "missing" and (one.path, f'did you mean "{one.key}"?') in mistyped):
                _record(action, one, node, pointer, faults)
        return None
    return validated if constant else None


def _record(action: type[Action[Any, Any]], found: ConfigFault, node: Node, pointer: str, faults: Faults) -> None:
    for part in found.path:
        node, pointer = _member(node, part), pointer_to(pointer, part)
    if found.kind == "unknown":
        message, place = f"{found.message} in the config of {action.name}", node.place_of(found.key)
        faults.add("TM203", message, place, pointer_to(pointer, found.key), found.hint)
    elif found.kind == "missing":
        faults.add("TM202", f'the config of {action.name} needs "{found.key}"', node.place, pointer)
    elif found.kind == "whole" or not _refers(node):
        faults.add("TM208", f"config of {action.name}: {found.message}", node.place, pointer, found.hint)


def _member(node: Node, part: str | int) -> Node:
    if isinstance(node.value, dict):
        return node.value[str(part)]
    return node.value[part] if isinstance(node.value, list) and isinstance(part, int) else node


def _refers(node: Node) -> bool:
    if isinstance(node.value, dict):
        return any(_refers(member) for member in node.value.values())
    if isinstance(node.value, list):
        return any(_refers(member) for member in node.value)
    return isinstance(node.value, str) and ("${" in node.value or "{{" in node.value)
