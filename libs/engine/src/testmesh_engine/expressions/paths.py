"""JSONPath (RFC 9535) over values, with the steps of an evaluation as its bound."""

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from testmesh_engine.expressions import on_texts
from testmesh_engine.expressions.arguments import text
from testmesh_engine.expressions.errors import (
    InvalidArgumentError,
    LimitExceededError,
    MistakenArgumentError,
    NothingFoundError,
    TypeMismatchError,
    cut,
    known_names,
)
from testmesh_engine.expressions.frames import Frame
from testmesh_engine.expressions.limits import MAX_ITEMS, MAX_PATTERN
from testmesh_engine.expressions.values import described, kind

if TYPE_CHECKING:
    from testmesh_engine.expressions.metered_paths import MeteredPath


@lru_cache(maxsize=512)
def compile_path(path: str) -> "MeteredPath":
    """Return the compiled path; ValueError where it is none."""
    from testmesh_engine.expressions.metered_paths import read_path

    if len(path) > MAX_PATTERN:
        raise ValueError(f"a JSONPath is at most {MAX_PATTERN} characters")
    return read_path(path)


def find(path: "MeteredPath", written: str, root: object, frame: Frame) -> object:
    """One node's value, or the list of them; an error, with the path as its author wrote it, where there is none."""
    shown = cut(written, 80)
    if kind(root) not in ("map", "list"):
        raise TypeMismatchError(f"`{shown}` looks into maps and lists, not into {described(root)}")
    try:
        found = path.values(root, frame)
    except RecursionError:
        raise LimitExceededError(f"`{shown}` meets values that are nested too deep") from None
    if not found:
        inside = f"; {known_names(root)}" if isinstance(root, Mapping) else ""
        raise NothingFoundError(f"`{shown}` finds nothing in {described(root)}{inside}")
    if len(found) > MAX_ITEMS:
        raise LimitExceededError(f"`{shown}` finds more than {MAX_ITEMS} nodes")
    return found[0] if len(found) == 1 else found


def jsonpath(frame: Frame, value: object, path: object) -> object:
    """The function of the language."""
    written = text(path, "jsonpath")
    try:
        compiled = compile_path(written)
    except ValueError as error:
        raise MistakenArgumentError(str(error)) from None
    return find(compiled, written, value, frame)


def searched(pattern: str, value: str, frame: Frame, *, whole: bool) -> bool:
    """`match()` and `search()` of a path's filters, in linear time."""
    try:
        expression: Any = on_texts.pattern(pattern)
        on_texts.pay_for_match(frame, expression, value)
        return (expression.fullmatch(value) if whole else expression.search(value)) is not None
    except UnicodeError as error:
        raise InvalidArgumentError(str(error)) from None
    except ValueError as error:
        raise MistakenArgumentError(str(error)) from None
