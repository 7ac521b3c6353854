"""Values that differ by their kind alone: an inequation of such would hold whatever the tested system says."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta

from testmesh_engine.expressions.errors import TypeMismatchError, cut
from testmesh_engine.expressions.frames import Frame
from testmesh_engine.expressions.syntax import Literal, Node, render
from testmesh_engine.expressions.values import (
    WRITTEN,
    Written,
    described,
    equal,
    has_zone,
    kind,
    read_like,
    shown,
)

_NUMBER = re.compile(r"-?\d{1,30}(\.\d{1,30})?")
_MAX_SHOWN = 60
_MOMENT = "2024-01-31T12:30:00"


def refuse_unequal_kinds(left: object, right: object, nodes: tuple[Node, Node], frame: Frame) -> None:
    """Judge two values that were found unequal.

    Raises:
        TypeMismatchError: they differ in nothing but their kinds (nil excepted), themselves or inside of them.
    """
    pair = only_by_kind(left, right, frame)
    if pair is None:
        return
    one, other = pair
    if one is not left or other is not right:
        inside = f"`{_named(nodes[0])}` and `{_named(nodes[1])}` differ by nothing but the kinds inside of them"
        raise TypeMismatchError(f"{inside}: {_differ(one, other)}; compare values of one kind")
    actual, expected = nodes
    if isinstance(actual, Literal) and not isinstance(expected, Literal):
        actual, expected, one, other = expected, actual, other, one
    message = f"`{_named(actual)}` is {described(one)}, and it is compared with {described(other)}"
    raise TypeMismatchError(f"{message}: values of different kinds always differ; {_remedy(one, other, actual)}")


def only_by_kind(left: object, right: object, frame: Frame) -> tuple[object, object] | None:
    """The first pair of different kinds, unless some pair of one kind differs too."""
    first = None
    for one, other in _differing(left, right, frame):
        if one is None or other is None or comparable(one, other):
            return None
        first = first or (one, other)
    return first


def _differing(left: object, right: object, frame: Frame) -> Iterator[tuple[object, object]]:
    pending = [(left, right)]
    while pending:
        one, other = pending.pop()
        frame.spend(1)
        if isinstance(one, Mapping) and isinstance(other, Mapping) and one.keys() == other.keys():
            pending.extend((one[key], other[key]) for key in reversed(list(one)))
        elif isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other):
            pending.extend(reversed(list(zip(one, other, strict=True))))
        elif not equal(one, other, frame):
            yield one, other


def comparable(one: object, other: object) -> bool:
    """Tell whether two values could be equal as far as their kinds go; a text could be a time if it is one."""
    if isinstance(one, WRITTEN) or isinstance(other, WRITTEN):
        if isinstance(one, str):
            one, other = other, one
        if isinstance(other, str):
            return read_like(one, other) is not None  # type: ignore[arg-type]  # one of them is, and it is no text
        return type(one) is type(other) and _zoned(one) is _zoned(other)
    return kind(one) == kind(other)


def _zoned(value: object) -> bool:
    return isinstance(value, datetime | time) and has_zone(value)


def _differ(one: object, other: object) -> str:
    return f"{described(one)} and {described(other)} always differ"


def _remedy(actual: object, expected: object, node: Node) -> str:
    for value in (actual, expected):
        if isinstance(value, WRITTEN):
            return f"compare a {kind(value)} with one like {_example(value)}"
    wanted, given = kind(actual), kind(expected)
    text = f"compare with {_converted(actual, expected)}"
    if given == "string" and wanted in ("number", "bool"):
        return f"{text}, or with string({_named(node)})"
    if given == "number" and wanted == "string":
        return f"{text}, or with {'int' if isinstance(expected, int) else 'float'}({_named(node)})"
    return text


def _converted(actual: object, expected: object) -> str:
    """The expected value as one of the actual one's kind, or what such a value looks like."""
    wanted = kind(actual)
    if wanted == "number" and isinstance(expected, str) and _NUMBER.fullmatch(expected):
        return expected
    if wanted == "bool":
        return str(expected) if expected in ("true", "false") else "true or false"
    if wanted == "string" and kind(expected) in ("number", "bool"):
        return f'"{shown(expected)}"'
    return f"a {wanted}"


def _example(value: Written) -> str:
    """How another value of this very kind is written."""
    zone = "Z" if _zoned(value) else ""
    if isinstance(value, datetime):
        return f'"{_MOMENT}{zone}", with {"its" if zone else "no"} zone'
    if isinstance(value, time):
        return f'"12:30:00{zone}", with {"its" if zone else "no"} zone'
    return '"1m30s"' if isinstance(value, timedelta) else '"2024-01-31"'


def _named(node: Node) -> str:
    return cut(render(node), _MAX_SHOWN)
