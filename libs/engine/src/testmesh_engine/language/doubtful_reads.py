"""Readings that are not wrong and seldom mean what they say: a hidden name, a comparison of a thing with itself."""

from testmesh_engine.expressions.syntax import Node, walk

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


def first_offset(node: Node) -> int:
    """Return where the text of a node begins."""
    return min(part.offset for part, _ in walk(node))
