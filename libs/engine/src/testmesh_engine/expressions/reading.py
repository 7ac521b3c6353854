"""Closures that read names and keys, and that give errors their place."""

from testmesh_engine.expressions.access import Absence, read_key
from testmesh_engine.expressions.doubts import doubt_missing
from testmesh_engine.expressions.errors import (
    ExpressionError,
    TypeMismatchError,
    UnknownNameError,
    known_names,
    nearest,
)
from testmesh_engine.expressions.frames import Closure, Frame, ScopeFunction
from testmesh_engine.expressions.generators import in_order_of_use
from testmesh_engine.expressions.syntax import Name, Node


def constant(value: object) -> Closure:
    return lambda _: value


def placed(closure: Closure, node: Node) -> Closure:
    """Give the errors of a closure the node's place."""
    offset = node.offset

    def run(frame: Frame) -> object:
        try:
            return closure(frame)
        except ExpressionError as error:
            raise error.at(offset) from None

    return run


def name_reader(node: Name) -> Closure:
    name, offset = node.name, node.offset

    def read(frame: Frame) -> object:
        try:
            value = frame.scope[name]
        except KeyError:
            raise _unknown(name, frame, offset) from None
        if type(value) is ScopeFunction:
            raise TypeMismatchError(f"`{name}` is a function; call it with brackets", offset)
        return value

    return read


def key_reader(base: Closure, key: str, absence: Absence, origin: Node, offset: int) -> Closure:
    def read(frame: Frame) -> object:
        value = base(frame)
        if type(value) is dict and key in value:
            return value[key]
        if absence is Absence.NIL and frame.watching:
            doubt_missing(frame, value, key, origin)
        try:
            return read_key(value, key, absence, origin)
        except ExpressionError as error:
            raise error.at(offset) from None

    return read


def _unknown(name: str, frame: Frame, offset: int) -> UnknownNameError:
    why = getattr(frame.scope, "absent", {}).get(name)
    if why is not None:
        return UnknownNameError(why, offset)
    names = in_order_of_use(name, map(str, frame.scope))
    return UnknownNameError(f"there is no `{name}` here; {known_names(names)}.{nearest(name, names)}", offset)
