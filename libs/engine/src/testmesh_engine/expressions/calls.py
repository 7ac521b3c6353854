"""Calls as closures, and what is checked of their literal arguments before anything runs."""

from collections.abc import Callable

from testmesh_engine.expressions import on_texts
from testmesh_engine.expressions.errors import (
    BAD_PATH,
    BAD_PATTERN,
    ExpressionSyntaxError,
    LimitExceededError,
    UnknownNameError,
)
from testmesh_engine.expressions.frames import Closure, Frame, ScopeFunction
from testmesh_engine.expressions.functions import FROM_SCOPE, FUNCTIONS
from testmesh_engine.expressions.paths import compile_path
from testmesh_engine.expressions.syntax import Call, Literal, Node
from testmesh_engine.expressions.xpath import compile_xpath

_READ_BEFORE: dict[str, Callable[[str], object]] = {"jsonpath": compile_path, "xpath": compile_xpath}


def call(node: Call, arguments: list[Closure]) -> Closure:
    """Return the closure of a function of the table, or of the scope."""
    if node.name in _READ_BEFORE:
        _check_path(node.arguments[1], _READ_BEFORE[node.name])
    if node.name in FROM_SCOPE or node.name == "now":
        return _scope_call(node.name, arguments)
    function = FUNCTIONS[node.name].call

    def run(frame: Frame) -> object:
        frame.spend(1)
        return function(frame, *[argument(frame) for argument in arguments])

    return run


def _scope_call(name: str, arguments: list[Closure]) -> Closure:
    def run(frame: Frame) -> object:
        frame.spend(1)
        supplied = frame.scope.get(name)
        given = [argument(frame) for argument in arguments]
        if isinstance(supplied, ScopeFunction):
            made = supplied.call(*given)
            frame.spend(len(made) if isinstance(made, str) else 0)
            return made
        if name in FUNCTIONS:
            return FUNCTIONS[name].call(frame, *given)
        raise UnknownNameError(f"{name}() is not supplied here: what is in scope has no such function")

    return run


def check_pattern(node: Node) -> None:
    """Refuse a literal that is no regular expression."""
    if isinstance(node, Literal) and isinstance(node.value, str):
        try:
            on_texts.pattern(node.value)
        except (ValueError, LimitExceededError) as error:
            raise ExpressionSyntaxError(BAD_PATTERN, str(error), node.offset) from None


def _check_path(node: Node, read: Callable[[str], object]) -> None:
    if isinstance(node, Literal) and isinstance(node.value, str):
        try:
            read(node.value)
        except ValueError as error:
            raise ExpressionSyntaxError(BAD_PATH, str(error), node.offset) from None
