"""Comparisons of a thing with itself, which hold whatever the thing is."""

from collections.abc import Iterator

from testmesh_engine.expressions.generators import ALWAYS_THERE
from testmesh_engine.expressions.precedence import COMPARISONS
from testmesh_engine.expressions.syntax import Binary, Call, Element, Member, Name, Node, walk


def compared_with_themselves(root: Node) -> Iterator[Binary]:
    """Yield the comparisons whose two sides are the same, except where each reading may give another value."""
    for node, _ in walk(root):
        if isinstance(node, Binary) and node.operator in COMPARISONS and node.left == node.right:
            parts = [part for part, _ in walk(node.left)]
            if any(isinstance(part, Name | Element | Member) for part in parts) and not any(map(_may_change, parts)):
                yield node


def _may_change(node: Node) -> bool:
    """Say whether a part may have another value each time that it is read: `now()`, `random_int`, `UUID`."""
    return isinstance(node, Call) or (isinstance(node, Name) and node.name in ALWAYS_THERE)
