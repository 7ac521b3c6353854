"""Parts of a config that the action itself evaluates: compiled with the flow, so that faults have their place."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from testmesh_engine.expressions import Expression
from testmesh_engine.expressions.references import has_reference
from testmesh_engine.language.compiling import Compiler
from testmesh_engine.language.diagnostics import pointer_to
from testmesh_engine.language.nodes import Node
from testmesh_sdk import Action


@dataclass(frozen=True, slots=True)
class LaterPart:
    """One such part, and the names that it reads of the flow; `pointer` begins at the config."""

    pointer: str
    names: frozenset[str]
    optional: frozenset[str]
    expression: Expression | None = None


def read_later(action: type[Action[Any, Any]], config: Node, pointer: str, compiler: Compiler) -> tuple[LaterPart, ...]:
    """Return the parts of a config that are there; what is wrong with them is recorded."""
    found: list[LaterPart] = []
    unreadable: set[str] = set()
    for path in action.later:
        for node, below, is_whole in _found(config, path.split("/"), ""):
            if is_whole:
                found.append(_read(action, path, node, below, pointer, compiler))
            elif below not in unreadable:
                unreadable.add(below)
                _refuse(action, node, pointer + below, compiler)
    return tuple(found)


def _found(node: Node, path: list[str], pointer: str) -> Iterator[tuple[Node, str, bool]]:
    """Yield what a path leads to, and each text with a reference that stands in its way."""
    if not path:
        yield node, pointer, True
    elif path[0] == "*" and isinstance(node.value, list):
        for index, member in enumerate(node.value):
            yield from _found(member, path[1:], pointer_to(pointer, index))
    elif isinstance(node.value, dict) and path[0] in node.value:
        yield from _found(node.value[path[0]], path[1:], pointer_to(pointer, path[0]))
    elif isinstance(node.value, str) and has_reference(node.value):
        yield node, pointer, False


def _refuse(action: type[Action[Any, Any]], node: Node, pointer: str, compiler: Compiler) -> None:
    """Refuse a reference in the place of expressions: what a system answered must never become one."""
    message = f"config of {action.name}: no reference can stand for what holds expressions"
    compiler.faults.add("TM208", message, node.place, pointer, "write it out, with references inside")


def _read(
    action: type[Action[Any, Any]], path: str, node: Node, below: str, pointer: str, compiler: Compiler
) -> LaterPart:
    later = action.later[path]
    if later.kind == "expression":
        expression = compiler.expression(node, pointer + below)
        if expression is None:
            return LaterPart(below, frozenset(), frozenset())
        return LaterPart(below, expression.names - later.names, expression.optional_names - later.names, expression)
    template = compiler.template(node, pointer + below)
    if template is None:
        return LaterPart(below, frozenset(), frozenset())
    return LaterPart(below, template.names - later.names, template.optional_names - later.names)
