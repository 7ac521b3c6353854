"""The typed parameters that a flow declares, and values judged by them."""

from typing import Any, get_args

from testmesh_engine.language.diagnostics import Faults, pointer_to
from testmesh_engine.language.fields import Fields
from testmesh_engine.language.models import Input, InputType
from testmesh_engine.language.nodes import Node, kind
from testmesh_engine.names import is_name, name_hint

KEYS = ("type", "default", "required", "secret", "description")
TYPES: tuple[str, ...] = get_args(InputType)
_PYTHON: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "list": (list,),
    "map": (dict,),
}


def fits(value: object, type_: str) -> bool:
    """Say whether a value is of an input's type; `true` is no number."""
    if type_ == "any":
        return True
    if isinstance(value, bool):
        return type_ == "boolean"
    return isinstance(value, _PYTHON[type_])


def read_inputs(members: dict[str, Node], pointer: str, faults: Faults) -> tuple[Input, ...]:
    return tuple(_input(name, node, pointer_to(pointer, name), faults) for name, node in members.items())


def _input(name: str, node: Node, pointer: str, faults: Faults) -> Input:
    if not is_name(name):
        faults.add("TM204", f'"{name}" cannot name an input', node.place, pointer, name_hint(name))
    fields = Fields(node, pointer, faults, what="an input", known=KEYS)
    type_ = fields.choice("type", TYPES, "any")
    default = node.get("default")
    value: Any = None if default is None else default.plain()
    required = fields.flag("required")
    if default is not None and not fits(value, type_) and value is not None:
        message = f'the default of "{name}" is {kind(value)}, its type is {type_}'
        fields.wrong("default", message, code="TM204")
    if required and default is not None:
        fields.wrong("default", f'"{name}" is required, its default would never be used', code="TM303")
    return Input(
        name=name,
        type=type_,
        required=required,
        secret=fields.flag("secret"),
        default=value,
        has_default=default is not None,
        description=fields.text("description") or "",
    )
