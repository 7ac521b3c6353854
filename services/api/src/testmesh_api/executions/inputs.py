"""The caller's inputs, judged by what the flow declares, before anything is accepted."""

from collections.abc import Collection, Mapping
from typing import Any

from testmesh_api.errors import Fault
from testmesh_engine.language import Flow
from testmesh_engine.language.inputs import TYPES, fits

CODE = "inputs_invalid"


def declared_by(flow: Flow) -> dict[str, Any]:
    """Return the inputs of a flow as its definition declares them; rows may give those that are required."""
    found: dict[str, Any] = flow.definition.get("inputs") or {}
    if flow.data is None:
        return found
    return {name: {**_spec(spec), "required": False} for name, spec in found.items()}


def input_faults(
    declared: Mapping[str, Any], given: Mapping[str, Any], variables: Collection[str], pointer: str
) -> list[Fault]:
    """Return what is missing, unknown or of a wrong type; a variable of its name gives an input its value, too."""
    if not declared and not given:
        return []
    found = [
        Fault(f"{pointer}/{name}", f"the flow requires the input {name!r}", CODE)
        for name, spec in declared.items()
        if _spec(spec).get("required") is True and name not in given and name not in variables
    ]
    for name, value in given.items():
        if name not in declared:
            known = ", ".join(sorted(declared)) or "none"
            found.append(Fault(f"{pointer}/{name}", f"the flow has no input {name[:100]!r}; it has {known}", CODE))
        elif not _fits(value, _spec(declared[name]).get("type", "any")):
            wanted = _spec(declared[name]).get("type")
            found.append(Fault(f"{pointer}/{name}", f"the input {name!r} is of type {wanted}", CODE))
    return found


def _fits(value: Any, type_: Any) -> bool:
    return type_ not in TYPES or fits(value, type_)


def _spec(declared: Any) -> Mapping[str, Any]:
    return declared if isinstance(declared, Mapping) else {}
