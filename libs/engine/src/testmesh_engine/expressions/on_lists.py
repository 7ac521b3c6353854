"""The functions that look at lists and maps as a whole."""

from collections.abc import Mapping
from functools import cmp_to_key

from testmesh_engine.expressions.arguments import descending, items, mapping
from testmesh_engine.expressions.arithmetic import calculate
from testmesh_engine.expressions.errors import InvalidArgumentError, TypeMismatchError
from testmesh_engine.expressions.frames import Frame
from testmesh_engine.expressions.values import compare, described, fingerprint


def length(_: Frame, value: object) -> object:
    if isinstance(value, str | list | tuple | Mapping):
        return len(value)
    raise TypeMismatchError(f"len() takes a string, a list or a map, not {described(value)}")


def keys(frame: Frame, value: object) -> object:
    found = mapping(value, "keys")
    frame.admit_items(len(found))
    return list(found)


def values(frame: Frame, value: object) -> object:
    found = mapping(value, "values")
    frame.admit_items(len(found))
    return list(found.values())


def first(_: Frame, value: object) -> object:
    found = items(value, "first")
    return found[0] if found else None


def last(_: Frame, value: object) -> object:
    found = items(value, "last")
    return found[-1] if found else None


def unique(frame: Frame, value: object) -> object:
    seen: dict[object, object] = {}
    for item in items(value, "unique"):
        seen.setdefault(fingerprint(item, frame), item)
    return list(seen.values())


def ordered(frame: Frame, value: list[object], ranks: list[object], *, backwards: bool) -> list[object]:
    """Sort stably by ranks, which must all have one order."""
    frame.admit_items(len(value))

    def after(one: int, other: int) -> int:
        frame.spend(1)
        frame.pass_over(ranks[one], ranks[other])
        return compare(ranks[one], ranks[other], "sort")

    if len(ranks) == 1:
        compare(ranks[0], ranks[0], "sort")
    places = sorted(range(len(value)), key=cmp_to_key(after), reverse=backwards)
    return [value[place] for place in places]


def sort(frame: Frame, value: object, order: object = "asc") -> object:
    found = items(value, "sort")
    return ordered(frame, found, found, backwards=descending(order))


def reverse(frame: Frame, value: object) -> object:
    found = items(value, "reverse")
    frame.admit_items(len(found))
    return found[::-1]


def extreme(frame: Frame, function: str, candidates: list[object]) -> object:
    """The least or the greatest value of a list that has one."""
    if not candidates:
        raise InvalidArgumentError(f"{function}() of an empty list is nothing")
    sign = -1 if function == "min" else 1
    best = candidates[0]
    compare(best, best, function)
    for candidate in candidates[1:]:
        frame.spend(1)
        frame.pass_over(candidate, best)
        if sign * compare(candidate, best, function) > 0:
            best = candidate
    return best


def least(frame: Frame, *candidates: object) -> object:
    return extreme(frame, "min", list(candidates))


def greatest(frame: Frame, *candidates: object) -> object:
    return extreme(frame, "max", list(candidates))


def total(frame: Frame, numbers: list[object]) -> object:
    """The sum of numbers; 0 of none."""
    result: object = 0
    for number in numbers:
        frame.spend(1)
        result = calculate(result, number, "+", frame)
    return result
