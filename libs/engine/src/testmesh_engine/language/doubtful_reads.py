"""Readings that are not wrong and seldom mean what they say: a hidden name, a comparison of a thing with itself."""

from collections.abc import Iterator

from testmesh_engine.expressions.generators import ALWAYS_THERE
from testmesh_engine.expressions.precedence import COMPARISONS
from testmesh_engine.expressions.syntax import Binary, Call, Element, Member, Name, Node, walk

_OF_EACH = frozenset(("duration_ms",))
_OF_CONTROL = {
    "group": frozenset(("outputs",)),
    "condition": frozenset(("holds", "outputs")),
    "for_each": frozenset(("iterations", "passed", "failed", "outputs")),
    "parallel": frozenset(("branches",)),
    "repeat_until": frozenset(("iterations", "outputs")),
    "run_flow": frozenset(("flow", "status", "outputs")),
}


def fields_of_control(action: str) -> frozenset[str]:
    """Return the fields that the result of a control step has, whatever comes of it."""
    return _OF_EACH | _OF_CONTROL.get(action, frozenset())


def compared_with_themselves(root: Node) -> Iterator[Binary]:
    """Yield the comparisons whose two sides are the same, except where each reading may give another value."""
    for node, _ in walk(root):
        if isinstance(node, Binary) and node.operator in COMPARISONS and node.left == node.right:
            parts = [part for part, _ in walk(node.left)]
            if any(isinstance(part, Name | Element | Member) for part in parts) and not any(map(_may_change, parts)):
                yield node


def first_offset(node: Node) -> int:
    """Return where the text of a node begins."""
    return min(part.offset for part, _ in walk(node))


def _may_change(node: Node) -> bool:
    """Say whether a part may have another value each time that it is read: `now()`, `random_int`, `UUID`."""
    return isinstance(node, Call) or (isinstance(node, Name) and node.name in ALWAYS_THERE)
