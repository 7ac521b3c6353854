"""Why a comparison or a predicate is not what the assertion needs it to be."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import cast

from testmesh_engine.expressions.causes import apart, cause
from testmesh_engine.expressions.errors import ExpressionError
from testmesh_engine.expressions.frames import Frame
from testmesh_engine.expressions.statuses import status_phrase
from testmesh_engine.expressions.syntax import Binary, Node, render
from testmesh_engine.expressions.values import Number, equal, exact, is_number, shown

_SHOWN = 80
_SHORT = 30
_ORDERS = {"<": "below", "<=": "at most", ">": "above", ">=": "at least"}
_TEXTS = {
    "startsWith": ("does not start with", "starts with"),
    "endsWith": ("does not end with", "ends with"),
    "matches": ("does not match", "matches"),
}


def compared_wrongly(node: Binary, left: object, right: object, wanted: bool) -> Iterator[str]:
    """Yield lines on a comparison that is not `wanted`."""
    operator, name = node.operator, render(node.left)
    if operator in _ORDERS:
        yield from _order(operator, left, right, wanted, status_phrase(name, left, right))
    elif operator in _TEXTS:
        yield f"{shown(left, _SHOWN)} {_TEXTS[operator][not wanted]} {shown(right, _SHOWN)}"
        if wanted and operator != "matches":
            yield from _near_miss(operator, str(left), str(right), name)
    elif operator == "in":
        yield from _membership(left, right, wanted, as_range=_is_range(node.right))
    elif operator == "contains":
        yield from _membership(right, left, wanted, as_range=_is_range(node.left))


def _is_range(node: Node) -> bool:
    return isinstance(node, Binary) and node.operator == ".."


def _order(operator: str, left: object, right: object, wanted: bool, phrase: str | None) -> Iterator[str]:
    what = f"{shown(left, _SHOWN)} {phrase}" if phrase else shown(left, _SHOWN)
    said = f"is {what}, expected {'' if wanted else 'not '}{_ORDERS[operator]} {shown(right, _SHOWN)}"
    gap = _gap(left, right) if phrase is None else ""
    yield f"{said}{f' ({gap})' if gap else ''}"


def _gap(left: object, right: object) -> str:
    if is_number(left) and is_number(right):
        one, other = cast(Number, left), cast(Number, right)
        return "they are equal" if exact(one) == exact(other) else apart(one, other)
    if isinstance(left, datetime) and isinstance(right, datetime):
        time: timedelta = left - right
        return f"{shown(abs(time))} {'later' if left > right else 'earlier'}".replace('"', "") if time else ""
    return ""


def _near_miss(operator: str, left: str, right: str, name: str) -> Iterator[str]:
    part = left.strip()[: len(right.strip())] if operator == "startsWith" else left.strip()[-len(right.strip()) :]
    reason = cause(part, right, name) if part else ""
    if part == right:
        reason = f"there is whitespace at the end: use trim({name})"
    if reason:
        yield f"likely cause: {reason}"


def _membership(item: object, container: object, wanted: bool, *, as_range: bool) -> Iterator[str]:
    if isinstance(container, str):
        verb = "is not in" if wanted else "is in"
        yield f"{shown(item, _SHOWN)} {verb} {_around(container, str(item), _SHOWN)}"
        if wanted and str(item).casefold() in container.casefold():
            yield "likely cause: it is there in another case: use lower(…) on both"
    elif isinstance(container, Mapping):
        keys = shown(list(container), _SHOWN)
        yield f"the key {shown(item, _SHOWN)} is {'none' if wanted else 'one'} of the {len(container)} keys {keys}"
        close = next((key for key in container if str(key).casefold() == str(item).casefold()), None)
        if wanted and close is not None:
            yield f"likely cause: the key is there in another case, as `{close}`"
    elif isinstance(container, list | tuple):
        if wanted:
            yield f"{shown(item, _SHOWN)} {_is_none_of(container, as_range=as_range)}"
            reasons = (cause(item, other) for other in container[:_SHORT] if type(other) is type(item))
            yield from (f"likely cause: {reason}" for reason in list(filter(None, reasons))[:1])
        else:
            yield f"{shown(item, _SHOWN)} is element {_place(item, container)} of {len(container)}"


def _is_none_of(found: list[object] | tuple[object, ...], *, as_range: bool) -> str:
    """What was written as a stretch of numbers is told by its ends."""
    if as_range and found:
        return f"is not in {found[0]}..{found[-1]}"
    return f"is none of the {len(found)} elements {shown(found, _SHOWN)}"


def _place(item: object, container: list[object] | tuple[object, ...]) -> str:
    frame = Frame({})
    try:
        return str(next((place for place, other in enumerate(container) if equal(item, other, frame)), "?"))
    except ExpressionError:
        return "?"


def _around(text: str, part: str, limit: int) -> str:
    """A long text cut around what was found in it, or its beginning."""
    at = text.find(part)
    if at < limit // 2 or at < 0:
        return shown(text, limit)
    return shown("…" + text[at - _SHORT :], limit)
