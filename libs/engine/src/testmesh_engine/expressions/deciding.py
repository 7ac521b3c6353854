"""Which parts of an assertion decide it, and what each would have to be."""

from testmesh_engine.expressions.frames import Closure, Frame
from testmesh_engine.expressions.syntax import Binary, Conditional, Node, Unary

_JOINING = frozenset(("and", "or"))


def deciding(root: Node, sought: bool = True) -> dict[int, bool]:
    """By the id of a node that gives a truth value: the value that lets the whole be what is `sought`."""
    wanted_of: dict[int, bool] = {}
    pending = [(root, sought)]
    while pending:
        node, wanted = pending.pop()
        wanted_of[id(node)] = wanted
        match node:
            case Binary(operator=operator, left=left, right=right) if operator in _JOINING:
                pending += [(left, wanted), (right, wanted)]
            case Unary(operator="not", operand=operand):
                pending.append((operand, not wanted))
            case Conditional(then=then, otherwise=otherwise):
                pending += [(then, wanted), (otherwise, wanted)]
    return wanted_of


def forgetting(closure: Closure, wanted: bool) -> Closure:
    """Drop what the parts of `and` and `or` told of themselves, where the whole is as it should be."""

    def run(frame: Frame) -> object:
        told, compared = len(frame.told), len(frame.compared)
        value = closure(frame)
        if value is wanted:
            del frame.told[told:], frame.compared[compared:]
        return value

    return run
