"""What `output` takes from a step's result: a JSONPath or an expression."""

from collections import ChainMap
from collections.abc import Mapping, MutableMapping
from typing import cast

from testmesh_engine.expressions.errors import BAD_PATH, ExpressionSyntaxError
from testmesh_engine.expressions.expression import compile_expression
from testmesh_engine.expressions.frames import Frame
from testmesh_engine.expressions.paths import compile_path, find
from testmesh_engine.expressions.templates import strip_braces

_BODY = "body"


class Selector:
    """Finds one value in a result; finding nothing is an error, never nil."""

    def __init__(self, text: str) -> None:
        self.text = text
        source = strip_braces(text).strip()
        self._written = source
        self._path = None
        self._expression = None
        if source.startswith("$") and not source.startswith("${"):
            try:
                self._path = compile_path(source)
            except ValueError as error:
                raise ExpressionSyntaxError(BAD_PATH, str(error), text.find("$")) from None
        else:
            self._expression = compile_expression(source)

    @property
    def names(self) -> frozenset[str]:
        """The names that it reads free: of the result's fields, then of the scope."""
        return self._expression.names if self._expression is not None else frozenset()

    def select(self, result: Mapping[str, object], scope: Mapping[str, object] | None = None) -> object:
        """Return what the selector finds; raises an ExpressionError where it finds nothing."""
        if self._expression is not None:
            layers = (result, scope or {})
            return self._expression.evaluate(ChainMap(*cast(tuple[MutableMapping[str, object], ...], layers)))
        assert self._path is not None
        return find(self._path, self._written, self._root(result), Frame({}))

    def _root(self, result: Mapping[str, object]) -> object:
        """The result, or its body where the path's first name is no field of the result."""
        assert self._path is not None
        if _BODY not in result or self._path.selects_root or self._path.first_name in result:
            return result
        return result[_BODY]


def compile_selector(text: str) -> Selector:
    """Return the selector; raises ExpressionSyntaxError where the text is none."""
    return Selector(text)
