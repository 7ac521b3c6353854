"""XPath's comparisons: nodes compare by whether any of them fits; never more than once through both sides."""

from collections.abc import Callable
from math import isnan
from operator import ge, gt, le, lt

from testmesh_engine.expressions.frames import Frame
from testmesh_engine.expressions.xpath.conversions import XPathValue, as_number, as_text, as_truth

_ORDERS: dict[str, Callable[[float, float], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


def compared(operator: str, left: XPathValue, right: XPathValue, frame: Frame) -> bool:
    """Return what `left operator right` is."""
    if operator in _ORDERS:
        return _ordered(operator, left, right, frame)
    if isinstance(left, bool) or isinstance(right, bool):
        return (as_truth(left) == as_truth(right)) is (operator == "=")
    if isinstance(left, float) or isinstance(right, float):
        return _any_equal(set(_numbers(left, frame)), set(_numbers(right, frame)), operator)
    return _any_equal(_texts(left, frame), _texts(right, frame), operator)


def _texts(value: XPathValue, frame: Frame) -> set[object]:
    return {node.text(frame) for node in value} if isinstance(value, list) else {as_text(value, frame)}


def _numbers(value: XPathValue, frame: Frame) -> list[float]:
    if isinstance(value, list):
        return [as_number([node], frame) for node in value]
    return [as_number(value, frame)]


def _any_equal(left: set[object] | set[float], right: set[object] | set[float], operator: str) -> bool:
    if operator == "=":
        return any(one in right and one == one for one in left)
    return bool(left and right) and (len(left | right) > 1 or any(one != one for one in left))


def _ordered(operator: str, left: XPathValue, right: XPathValue, frame: Frame) -> bool:
    """Some pair is in order exactly if the most favourable one is."""
    if isinstance(left, bool) or isinstance(right, bool):
        left, right = float(as_truth(left)), float(as_truth(right))
    lefts = [number for number in _numbers(left, frame) if not isnan(number)]
    rights = [number for number in _numbers(right, frame) if not isnan(number)]
    if not lefts or not rights:
        return False
    rising = operator in ("<", "<=")
    one, other = (min(lefts), max(rights)) if rising else (max(lefts), min(rights))
    return _ORDERS[operator](one, other)
