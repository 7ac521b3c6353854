"""What functions ask of their arguments; a wrong one is named with what it was."""

from collections.abc import Mapping
from typing import cast

from testmesh_engine.expressions.errors import LimitExceededError, MistakenArgumentError, TypeMismatchError
from testmesh_engine.expressions.limits import MAX_BITS, MAX_DIGITS
from testmesh_engine.expressions.values import Number, described, is_number


def text(value: object, function: str) -> str:
    if not isinstance(value, str):
        raise TypeMismatchError(f"{function}() takes a string, not {described(value)}")
    return value


def number(value: object, function: str) -> Number:
    if not is_number(value):
        raise TypeMismatchError(f"{function}() takes a number, not {described(value)}")
    return cast(Number, value)


def whole(value: object, function: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeMismatchError(f"{function}() takes a whole number, not {described(value)}")
    return value


def items(value: object, function: str) -> list[object]:
    if isinstance(value, list):
        return value
    if isinstance(value, tuple):
        return list(value)
    raise TypeMismatchError(f"{function}() takes a list, not {described(value)}")


def mapping(value: object, function: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise TypeMismatchError(f"{function}() takes a map, not {described(value)}")
    return value


def descending(value: object) -> bool:
    if value not in ("asc", "desc"):
        raise MistakenArgumentError(f'the order is "asc" or "desc", not {described(value)}')
    return value == "desc"


def admitted(value: int) -> int:
    """A whole number, unless it is beyond all bounds."""
    if value.bit_length() > MAX_BITS:
        raise LimitExceededError(f"the number is too large: {MAX_DIGITS} digits are allowed")
    return value
