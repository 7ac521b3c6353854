"""The functions of XPath 1.0's core library, but for `id` and `lang`: documents have no types here."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, floor, isfinite, isnan
from typing import Protocol

from testmesh_engine.expressions.frames import Frame
from testmesh_engine.expressions.xpath.conversions import XPathValue, as_nodes, as_number, as_text, as_truth
from testmesh_engine.expressions.xpath.documents import XmlNode

MANY = 100


class At(Protocol):
    """Where a call stands: the node at hand, its place among how many."""

    frame: Frame
    node: XmlNode
    position: int
    size: int


@dataclass(frozen=True, slots=True)
class CoreFunction:
    """How many arguments a function takes, and what it does with them."""

    least: int
    most: int
    call: Callable[..., XPathValue]


def _string(at: At, value: XPathValue | None = None) -> str:
    return as_text([at.node] if value is None else value, at.frame)


def _number(at: At, value: XPathValue | None = None) -> float:
    return as_number([at.node] if value is None else value, at.frame)


def _named(at: At, value: XPathValue | None, function: str) -> XmlNode | None:
    found = [at.node] if value is None else as_nodes(value, f"{function}()")
    return found[0] if found else None


def _local_name(at: At, value: XPathValue | None = None) -> str:
    node = _named(at, value, "local-name")
    return node.name if node else ""


def _name(at: At, value: XPathValue | None = None) -> str:
    node = _named(at, value, "name")
    return node.qualified if node else ""


def _namespace_uri(at: At, value: XPathValue | None = None) -> str:
    node = _named(at, value, "namespace-uri")
    return node.uri if node else ""


def _concat(at: At, *values: XPathValue) -> str:
    texts = [as_text(value, at.frame) for value in values]
    at.frame.admit_text(sum(map(len, texts)))
    return "".join(texts)


def _substring(at: At, value: XPathValue, start: XPathValue, length: XPathValue | None = None) -> str:
    whole, first = as_text(value, at.frame), _rounded(as_number(start, at.frame))
    beyond = float("inf") if length is None else first + _rounded(as_number(length, at.frame))
    if isnan(first) or isnan(beyond):
        return ""
    least, most = max(1.0, first), min(float(len(whole) + 1), beyond)
    return whole[int(least) - 1 : int(most) - 1] if least < most else ""


def _normalize_space(at: At, value: XPathValue | None = None) -> str:
    return " ".join(
        word for word in _string(at, value).replace("\t", " ").replace("\n", " ").replace("\r", " ").split(" ") if word
    )


def _translate(at: At, value: XPathValue, old: XPathValue, new: XPathValue) -> str:
    text, before, after = (as_text(part, at.frame) for part in (value, old, new))
    at.frame.admit_text(len(text) + len(before))
    table: dict[int, str | None] = {}
    for place, character in enumerate(before):
        table.setdefault(ord(character), after[place] if place < len(after) else None)
    return text.translate(table)


def _found(at: At, value: XPathValue, part: XPathValue) -> tuple[str, str]:
    whole, sought = as_text(value, at.frame), as_text(part, at.frame)
    at.frame.admit_text(len(whole))
    return whole, sought


def _contains(at: At, value: XPathValue, part: XPathValue) -> bool:
    whole, sought = _found(at, value, part)
    return sought in whole


def _starts_with(at: At, value: XPathValue, part: XPathValue) -> bool:
    whole, sought = _found(at, value, part)
    return whole.startswith(sought)


def _substring_before(at: At, value: XPathValue, part: XPathValue) -> str:
    whole, sought = _found(at, value, part)
    return whole[: whole.index(sought)] if sought in whole else ""


def _substring_after(at: At, value: XPathValue, part: XPathValue) -> str:
    whole, sought = _found(at, value, part)
    return whole[whole.index(sought) + len(sought) :] if sought in whole else ""


def _sum(at: At, value: XPathValue) -> float:
    return float(sum(as_number([node], at.frame) for node in as_nodes(value, "sum()")))


def _rounded(value: float) -> float:
    return float(floor(value + 0.5)) if isfinite(value) else value


def _floored(value: float) -> float:
    return float(floor(value)) if isfinite(value) else value


def _ceiled(value: float) -> float:
    return float(ceil(value)) if isfinite(value) else value


FUNCTIONS = {
    "last": CoreFunction(0, 0, lambda at: float(at.size)),
    "position": CoreFunction(0, 0, lambda at: float(at.position)),
    "count": CoreFunction(1, 1, lambda _, value: float(len(as_nodes(value, "count()")))),
    "local-name": CoreFunction(0, 1, _local_name),
    "namespace-uri": CoreFunction(0, 1, _namespace_uri),
    "name": CoreFunction(0, 1, _name),
    "string": CoreFunction(0, 1, _string),
    "concat": CoreFunction(2, MANY, _concat),
    "starts-with": CoreFunction(2, 2, _starts_with),
    "contains": CoreFunction(2, 2, _contains),
    "substring-before": CoreFunction(2, 2, _substring_before),
    "substring-after": CoreFunction(2, 2, _substring_after),
    "substring": CoreFunction(2, 3, _substring),
    "string-length": CoreFunction(0, 1, lambda at, value=None: float(len(_string(at, value)))),
    "normalize-space": CoreFunction(0, 1, _normalize_space),
    "translate": CoreFunction(3, 3, _translate),
    "boolean": CoreFunction(1, 1, lambda _, value: as_truth(value)),
    "not": CoreFunction(1, 1, lambda _, value: not as_truth(value)),
    "true": CoreFunction(0, 0, lambda _: True),
    "false": CoreFunction(0, 0, lambda _: False),
    "number": CoreFunction(0, 1, _number),
    "sum": CoreFunction(1, 1, _sum),
    "floor": CoreFunction(1, 1, lambda at, value: _floored(as_number(value, at.frame))),
    "ceiling": CoreFunction(1, 1, lambda at, value: _ceiled(as_number(value, at.frame))),
    "round": CoreFunction(1, 1, lambda at, value: _rounded(as_number(value, at.frame))),
}
