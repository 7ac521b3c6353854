"""Texts of a flow to compiled expressions, selectors and templates; faults get their line and column."""

from collections.abc import Callable, Collection
from typing import Any, NamedTuple, TypeVar

from testmesh_engine.expressions import (
    Expression,
    ExpressionSyntaxError,
    Selector,
    Template,
    compile_expression,
    compile_selector,
    compile_template,
    strip_braces,
)
from testmesh_engine.language.diagnostics import Faults
from testmesh_engine.language.nodes import Node, kind

T = TypeVar("T")


class Compiler(NamedTuple):
    """Compiles what a node holds; where it cannot, it records the fault and returns None."""

    faults: Faults
    lines: list[str]

    def expression(self, node: Node, pointer: str) -> Expression | None:
        return self._text(node, pointer, lambda text: compile_expression(strip_braces(text)))

    def choice(self, node: Node, pointer: str) -> Expression | None:
        """Compile what decides whether something is done: a false for unequal kinds alone is an error there."""
        return self._text(node, pointer, lambda text: compile_expression(strip_braces(text), strict=True))

    def selector(self, node: Node, pointer: str) -> Selector | None:
        return self._text(node, pointer, compile_selector)

    def template(self, node: Node, pointer: str, value: Any = None, kept: Collection[str] = ()) -> Template | None:
        """Compile all texts inside a node, or inside `value`, a part of what the node holds, but those `kept`."""
        try:
            return compile_template(node.plain() if value is None else value, kept)
        except ExpressionSyntaxError as error:
            self._record(error, node.at(error.pointer), pointer + error.pointer)
            return None

    def _text(self, node: Node, pointer: str, compile_it: Callable[[str], T]) -> T | None:
        if not isinstance(node.value, str):
            message = f"an expression is text, here is {kind(node.value)}"
            hint = "put the whole expression in quotes" if not isinstance(node.value, list) else ""
            self.faults.add("TM201", message, node.place, pointer, hint)
            return None
        try:
            return compile_it(node.value)
        except ExpressionSyntaxError as error:
            stripped = strip_braces(node.value)
            shift = max(node.value.find(stripped), 0)
            self._record(error, node, pointer, shift)
            return None

    def _record(self, error: ExpressionSyntaxError, node: Node, pointer: str, shift: int = 0) -> None:
        place = node.place_in_text(error.offset + shift, self.lines)
        message, found, nearest = error.message.partition(". Did you mean `")
        hint = f'did you mean "{nearest.removesuffix("`?")}"?' if found else ""
        self.faults.add(error.code, message, place, pointer, hint)
