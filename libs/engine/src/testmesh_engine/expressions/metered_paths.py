"""The JSONPath library, made to count each node that it visits; imported when the first path is met."""

import re
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import Any

from jsonpath import JSONPath, JSONPathEnvironment
from jsonpath.exceptions import JSONPathError
from jsonpath.filter import UNDEFINED, BaseExpression, FilterQuery, InfixExpression, ListLiteral, PrefixExpression
from jsonpath.function_extensions import ExpressionType, FilterFunction
from jsonpath.match import JSONPathMatch, NodeList
from jsonpath.segments import JSONPathChildSegment
from jsonpath.selectors import Filter, NameSelector

from testmesh_engine.expressions.errors import cut
from testmesh_engine.expressions.frames import Frame
from testmesh_engine.expressions.paths import searched
from testmesh_engine.expressions.values import equal

_COMPARING = frozenset(("==", "!=", "<", "<=", ">", ">="))
_PART_OF_PATTERN = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\.", re.DOTALL)
_current: ContextVar[Frame] = ContextVar("evaluation whose steps a path spends")


class _Node(JSONPathMatch):
    """A node that costs a step."""

    __slots__ = ()

    def new_child(self, obj: object, key: int | str) -> JSONPathMatch:
        _current.get().spend(1)
        return super().new_child(obj, key)


class _Pattern(FilterFunction):
    """`match(value, pattern)` over the whole text, or `search(value, pattern)` anywhere in it."""

    arg_types = [ExpressionType.VALUE, ExpressionType.VALUE]  # noqa: RUF012  # the library's own declaration
    return_type = ExpressionType.LOGICAL

    def __init__(self, *, whole: bool) -> None:
        self._whole = whole

    def __call__(self, value: object, pattern: object) -> bool:
        if not isinstance(value, str) or not isinstance(pattern, str):
            return False
        return searched(_dots(pattern), value, _current.get(), whole=self._whole)


def _dots(pattern: str) -> str:
    """A pattern of RFC 9485, whose dot is no line end of either kind, for RE2."""
    return _PART_OF_PATTERN.sub(lambda part: r"[^\n\r]" if part.group() == "." else part.group(), pattern)


class _Environment(JSONPathEnvironment):
    """RFC 9535 to the letter, with RE2 for patterns."""

    def setup_function_extensions(self) -> None:
        super().setup_function_extensions()
        self.function_extensions["match"] = _Pattern(whole=True)
        self.function_extensions["search"] = _Pattern(whole=False)

    def _eq(self, left: object, right: object) -> bool:
        """Values are equal as they are elsewhere in the language, and their comparison is paid for."""
        if isinstance(left, NodeList) or isinstance(right, NodeList) or left is UNDEFINED or right is UNDEFINED:
            return bool(super()._eq(left, right))
        return equal(left, right, _current.get())

    def _lt(self, left: object, right: object) -> bool:
        _current.get().pass_over(left, right)
        return bool(super()._lt(left, right))


_ENVIRONMENT = _Environment(strict=True, filter_caching=False)


class MeteredPath(JSONPath):
    """A compiled path whose every visit is paid for by the evaluation that uses it."""

    def finditer(self, data: Any, *, filter_context: Any = None) -> Iterable[JSONPathMatch]:
        _current.get().spend(1)
        root = _Node(filter_context=filter_context or {}, obj=data, parent=None, path="$", parts=(), root=data)
        nodes: Iterable[JSONPathMatch] = [root]
        for segment in self.segments:
            nodes = segment.resolve(nodes)
        return nodes

    def values(self, root: object, frame: Frame) -> list[object]:
        """The values of all nodes found."""
        token = _current.set(frame)
        try:
            return [node.obj for node in self.finditer(root)]
        finally:
            _current.reset(token)

    @property
    def first_name(self) -> str | None:
        """The name that the first segment selects, if it selects one name."""
        selectors = self.segments[0].selectors if self.segments else ()
        is_child = bool(self.segments) and isinstance(self.segments[0], JSONPathChildSegment)
        if is_child and len(selectors) == 1 and isinstance(selectors[0], NameSelector):
            return str(selectors[0].name)
        return None

    @property
    def selects_root(self) -> bool:
        return not self.segments


def read_path(text: str) -> MeteredPath:
    """Return the path of a text; ValueError where RFC 9535 knows none."""
    try:
        path = _ENVIRONMENT.compile(text)
    except (JSONPathError, RecursionError, ValueError, IndexError) as error:
        complaint = str(error).splitlines()[0]
        raise ValueError(f"`{cut(text, 80)}` is no JSONPath (RFC 9535): {complaint}") from None
    if not isinstance(path, JSONPath):
        raise ValueError(f"`{cut(text, 80)}` is no JSONPath (RFC 9535): it joins several")  # noqa: TRY004  # text, not type
    try:
        return _metered(path)
    except ValueError as error:
        raise ValueError(f"`{cut(text, 80)}` is no JSONPath (RFC 9535): {error}") from None


def _metered(path: JSONPath) -> MeteredPath:
    for segment in path.segments:
        for selector in segment.selectors:
            if isinstance(selector, Filter):
                _meter_queries(selector.expression)
    return MeteredPath(env=_ENVIRONMENT, segments=path.segments)


def _meter_queries(expression: BaseExpression) -> None:
    for part in _parts(expression):
        if isinstance(part, FilterQuery):
            part.path = _metered(part.path)
        elif isinstance(part, InfixExpression) and not part.logical:
            _check_comparison(part)


def _check_comparison(part: InfixExpression) -> None:
    """Refuse what the library reads beyond RFC 9535: `!@.a == 1` would compare a truth value, and never hold."""
    if part.operator not in _COMPARING:
        raise ValueError(f"there is no operator `{part.operator}`")
    for side in (part.left, part.right):
        if isinstance(side, PrefixExpression | InfixExpression | ListLiteral):
            named = cut(str(side), 40)
            message = f"`{named}` cannot be compared; `!` stands before brackets, as in `!(@.a == 1)`"
            raise ValueError(message)  # noqa: TRY004  # the text is wrong, not a type


def _parts(expression: BaseExpression) -> Iterator[BaseExpression]:
    yield expression
    if not isinstance(expression, FilterQuery):
        for child in expression.children():
            yield from _parts(child)
