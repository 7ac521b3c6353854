"""Which equations refuse values of different kinds: those whose being false could make the whole hold."""

from testmesh_engine.expressions.doubts import DOUBTED
from testmesh_engine.expressions.operators import COMPARING
from testmesh_engine.expressions.syntax import Binary, Conditional, Node, Predicate, Unary, children, walk

Wanted = bool | None
"""What a part must be for the whole to hold: true, false, or either of them."""


def strict_equations(root: Node) -> frozenset[int]:
    """The ids of the equations that must not be false for their kinds alone; a plain `==` is red then anyway."""
    strict: set[int] = set()
    pending: list[tuple[Node, Wanted]] = [(root, True)]
    while pending:
        node, wanted = pending.pop()
        if _is_equation(node) and not (wanted and isinstance(node, Binary) and node.operator == "=="):
            strict.add(id(node))
        pending += _parts(node, wanted)
    return frozenset(strict)


def all_equations(root: Node) -> frozenset[int]:
    """The ids of all: what decides whether something is done at all has no harmless false."""
    return frozenset(id(node) for node, _ in walk(root) if _is_equation(node))


def _parts(node: Node, wanted: Wanted) -> list[tuple[Node, Wanted]]:
    match node:
        case Unary(operator="not", operand=operand):
            return [(operand, None if wanted is None else not wanted)]
        case Conditional(test=test, then=then, otherwise=otherwise):
            return [(test, None), (then, wanted), (otherwise, wanted)]
        case Predicate(name=name, body=body):
            # Lists may be mixed: an equation that never met its own kind is doubted there.
            of_body = True if name in DOUBTED else wanted
            return [(part, of_body if part is body else None) for part in children(node)]
        case Binary(operator=operator) if _is_equation(node) or operator in COMPARING:
            return [(part, None) for part in children(node)]
    return [(part, wanted) for part in children(node)]


def _is_equation(node: Node) -> bool:
    return isinstance(node, Binary) and node.operator in ("==", "!=")
