"""The comparing operators on values: no silent false, an error names both types."""

from collections.abc import Callable, Mapping, Sequence

from testmesh_engine.expressions.errors import TypeMismatchError
from testmesh_engine.expressions.frames import Frame
from testmesh_engine.expressions.on_texts import matches
from testmesh_engine.expressions.unequal_kinds import only_by_kind
from testmesh_engine.expressions.values import compare, described, equal, kind, shown
from testmesh_engine.names import is_name

_LONGEST_NAMED = 60
_MOST_SEARCHED = 20


def is_in(frame: Frame, item: object, container: object, named: str = "items", operator: str = "in") -> bool:
    """Tell whether a list has the element, a map the key, or a text the part; `named` is how the list is written."""
    if isinstance(container, list | tuple):
        return any(equal(item, other, frame) for other in container) or _is_not_among(
            frame, item, container, named, operator
        )
    if isinstance(container, Mapping):
        if not isinstance(item, str):
            raise TypeMismatchError(f"a map's key is a string, not {described(item)}")
        return item in container
    if isinstance(container, str) and isinstance(item, str):
        frame.admit_text(len(container))
        return item in container
    if isinstance(container, str):
        raise TypeMismatchError(f"`in` looks for a string in a string, not for {described(item)}")
    raise TypeMismatchError(f"`in` looks into lists, maps and strings, not into {described(container)}")


def _is_not_among(frame: Frame, item: object, found: Sequence[object], named: str, operator: str) -> bool:
    """False, unless the list has nothing that could ever equal the item: `not in` would always hold then."""
    pair = None
    for other in found:
        pair = only_by_kind(item, other, frame)
        if pair is None:
            return False
    if pair is None:
        return False
    hint = "; a range is written without brackets, as in `200..299`" if isinstance(found[0], list) else ""
    member = _member_like(item, found, frame)
    if member and len(named) <= _LONGEST_NAMED:
        hint = f"; to look into its elements write any({named}, {{ .{member} == {shown(item)} }})"
    message = f"`{operator}` cannot compare {described(item)} with a list whose elements are like {described(found[0])}"
    inside = f": {described(pair[0])} and {described(pair[1])} always differ" if kind(item) == kind(found[0]) else ""
    raise TypeMismatchError(message + (inside or hint))


def _member_like(item: object, found: Sequence[object], frame: Frame) -> str | None:
    """The key whose value in an element is the item, or else is one of its kind."""
    maps = [other for other in found[:_MOST_SEARCHED] if isinstance(other, Mapping)]
    if not isinstance(item, str | int | float | bool):
        return None
    pairs = [(key, value) for element in maps for key, value in element.items() if is_name(str(key))]
    same = (key for key, value in pairs if equal(value, item, frame))
    return next(same, None) or next((key for key, value in pairs if kind(value) == kind(item)), None)


def contains(frame: Frame, container: object, item: object, named: str = "items") -> bool:
    """Tell whether a text has the part, or a list the element; `named` is how the list is written."""
    if isinstance(container, Mapping):
        raise TypeMismatchError('`contains` looks into strings and lists; for a key of a map write `"key" in map`')
    if isinstance(container, str) and not isinstance(item, str):
        raise TypeMismatchError(f"`contains` looks for a string in a string, not for {described(item)}")
    if not isinstance(container, str | list | tuple):
        raise TypeMismatchError(f"`contains` looks into strings and lists, not into {described(container)}")
    return is_in(frame, item, container, named, "contains")


def starts_with(frame: Frame, value: object, start: object) -> bool:
    if isinstance(value, str) and isinstance(start, str):
        frame.pass_over(value, start)
        return value.startswith(start)
    raise TypeMismatchError(f"`startsWith` takes two strings, not {described(value)} and {described(start)}")


def ends_with(frame: Frame, value: object, end: object) -> bool:
    if isinstance(value, str) and isinstance(end, str):
        frame.pass_over(value, end)
        return value.endswith(end)
    raise TypeMismatchError(f"`endsWith` takes two strings, not {described(value)} and {described(end)}")


def _order(frame: Frame, left: object, right: object, operator: str) -> int:
    frame.pass_over(left, right)
    return compare(left, right, operator)


COMPARING: dict[str, Callable[..., object]] = {
    "in": is_in,
    "contains": contains,
    "startsWith": starts_with,
    "endsWith": ends_with,
    "matches": matches,
    "<": lambda frame, left, right: _order(frame, left, right, "<") < 0,
    "<=": lambda frame, left, right: _order(frame, left, right, "<=") <= 0,
    ">": lambda frame, left, right: _order(frame, left, right, ">") > 0,
    ">=": lambda frame, left, right: _order(frame, left, right, ">=") >= 0,
}


def truth(value: object, where: str) -> bool:
    """A bool as it is; nothing else is true or false."""
    if value is True or value is False:
        return value
    raise TypeMismatchError(f"`{where}` takes true or false, not {described(value)}")
