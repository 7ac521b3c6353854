"""The config of a step against its action's model, before the flow starts.

Where a value holds a reference its type is not known yet: what the model says of that value is left to the
moment when it is rendered. Unknown and missing keys are known to be wrong at once.
"""

from typing import Any

from pydantic import ValidationError

from testmesh_engine.language.diagnostics import Faults, did_you_mean, pointer_to
from testmesh_engine.language.nodes import Node
from testmesh_sdk import Action, ActionConfig


def check_config(
    action: type[Action[Any, Any]], values: Any, node: Node, pointer: str, *, constant: bool, faults: Faults
) -> ActionConfig | None:
    """Return the validated config where all of it is known now; record what is wrong with it."""
    try:
        validated = action.config.model_validate(values)
    except ValidationError as error:
        for found in error.errors(include_url=False, include_context=False, include_input=False):
            _record(action, found, node, pointer, faults)
        return None
    return validated if constant else None


def _record(action: type[Action[Any, Any]], found: Any, node: Node, pointer: str, faults: Faults) -> None:
    unknown = found["type"] == "extra_forbidden"
    place, where, last = _follow(found["loc"][:-1] if unknown else found["loc"], node, pointer)
    if unknown:
        key = str(found["loc"][-1])
        hint = did_you_mean(key, _siblings(action.config, found["loc"]))
        message = f'unknown key "{key}" in the config of {action.name}'
        faults.add("TM203", message, last.place_of(key), pointer_to(where, key), hint)
    elif found["type"] == "missing":
        message = f'the config of {action.name} needs "{found["loc"][-1]}"'
        faults.add("TM202", message, place, where)
    elif not _refers(last) or (found["type"] == "value_error" and isinstance(last.value, dict)):
        name = ".".join(str(part) for part in found["loc"])
        said = found["msg"].removeprefix("Value error, ")
        message = f"{name}: {said}" if name else said
        faults.add("TM208", f"config of {action.name}: {message}", place, where)


def _follow(loc: tuple[str | int, ...], node: Node, pointer: str) -> tuple[tuple[int, int], str, Node]:
    """Walk as far as the tree goes; parts of a location that name a type of a union are no members."""
    for part in loc:
        member: Node | None = None
        if isinstance(node.value, dict):
            member = node.value.get(str(part))
        elif isinstance(node.value, list) and isinstance(part, int) and part < len(node.value):
            member = node.value[part]
        if member is not None:
            node, pointer = member, pointer_to(pointer, part)
    return node.place, pointer, node


def _siblings(model: Any, loc: tuple[str | int, ...]) -> list[str]:
    fields = getattr(model, "model_fields", {})
    for part in loc[:-1]:
        annotation = getattr(fields.get(str(part)), "annotation", None)
        candidates = [annotation, *getattr(annotation, "__args__", ())]
        fields = next((found.model_fields for found in candidates if hasattr(found, "model_fields")), {})
    return list(fields)


def _refers(node: Node) -> bool:
    if isinstance(node.value, dict):
        return any(_refers(member) for member in node.value.values())
    if isinstance(node.value, list):
        return any(_refers(member) for member in node.value)
    return isinstance(node.value, str) and ("${" in node.value or "{{" in node.value)
