"""XPath's four types, and how one becomes another."""

import re
from decimal import Decimal
from math import inf, isinf, isnan, nan

from testmesh_engine.expressions.errors import MistakenArgumentError
from testmesh_engine.expressions.frames import Frame
from testmesh_engine.expressions.xpath.documents import XmlNode

XPathValue = list[XmlNode] | str | float | bool
_NUMBER = re.compile(r"[ \t\r\n]*(-?(?:[0-9]{1,308}(?:\.[0-9]*)?|\.[0-9]+))[ \t\r\n]*")


def as_nodes(value: XPathValue, what: str) -> list[XmlNode]:
    if isinstance(value, list):
        return value
    raise MistakenArgumentError(f"in an XPath, {what} takes nodes, not a {_kind(value)}")


def _kind(value: XPathValue) -> str:
    return "truth value" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"


def as_text(value: XPathValue, frame: Frame) -> str:
    if isinstance(value, list):
        return value[0].text(frame) if value else ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else _number_text(value)


def _number_text(value: float) -> str:
    if isnan(value):
        return "NaN"
    if isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")


def as_number(value: XPathValue, frame: Frame) -> float:
    if isinstance(value, bool | float):
        return float(value)
    match = _NUMBER.fullmatch(as_text(value, frame))
    return float(match[1]) if match else nan


def as_truth(value: XPathValue) -> bool:
    if isinstance(value, float):
        return not isnan(value) and value != 0
    return bool(value)


def divided(left: float, right: float) -> float:
    """Division as IEEE 754 has it."""
    if right == 0:
        return nan if left == 0 or isnan(left) else inf if (left > 0) == (str(right)[0] != "-") else -inf
    return left / right
