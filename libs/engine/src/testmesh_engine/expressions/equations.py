"""`==` and `!=` as closures: what they compare is kept, unequal kinds are refused or doubted."""

from collections.abc import Callable

from testmesh_engine.expressions.errors import ExpressionError
from testmesh_engine.expressions.frames import Closure, Compared, Frame
from testmesh_engine.expressions.syntax import Binary, ListOf, Literal, MapOf, render
from testmesh_engine.expressions.unequal_kinds import refuse_unequal_kinds
from testmesh_engine.expressions.values import equal

_PLAIN = frozenset({int, str, bool, type(None)})
_WRITTEN = (Literal, ListOf, MapOf)
Watch = Callable[[Frame, object, object], None]


def equation(node: Binary, left: Closure, right: Closure, watch: Watch | None, *, strict: bool) -> Closure:
    """Return the closure; a `strict` one refuses values of different kinds."""
    wanted, sides = node.operator == "==", (node.left, node.right)

    def judge(frame: Frame) -> object:
        one, other = left(frame), right(frame)
        if watch is not None:
            watch(frame, one, other)
        if type(one) is type(other) and type(one) in _PLAIN:
            if type(one) is str:
                frame.pass_over(one, other)
            return (one == other) is wanted
        try:
            same = equal(one, other, frame)
            if strict and not same:
                refuse_unequal_kinds(one, other, sides, frame)
        except ExpressionError as error:
            raise error.at(node.offset) from None
        return same is wanted

    return judge


def keeping(node: Binary) -> Watch:
    """Keep both sides, so that the outcome can tell where they differ."""
    left, right = render(node.left), render(node.right)
    right_is_expected = isinstance(node.right, _WRITTEN) or not isinstance(node.left, _WRITTEN)

    def watch(frame: Frame, one: object, other: object) -> None:
        frame.compared.append(Compared(one, other, left, right, right_is_expected))

    return watch
