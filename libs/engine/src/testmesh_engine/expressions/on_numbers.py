"""The functions that read, round and compare numbers."""

import re
from collections.abc import Mapping
from datetime import date, time, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal, InvalidOperation
from math import isfinite
from uuid import UUID

from testmesh_engine.expressions.arguments import admitted, number, whole
from testmesh_engine.expressions.arithmetic import calculate
from testmesh_engine.expressions.causes import apart
from testmesh_engine.expressions.errors import (
    InvalidArgumentError,
    LimitExceededError,
    MistakenArgumentError,
    TypeMismatchError,
)
from testmesh_engine.expressions.frames import Frame
from testmesh_engine.expressions.limits import MAX_DIGITS
from testmesh_engine.expressions.values import Number, compare, described, exact, kind, shown

_WHOLE = re.compile(r"[+-]?[0-9]{1,308}")
_REAL = re.compile(r"[+-]?[0-9]{1,308}(?:\.[0-9]{1,308})?(?:[eE][+-]?[0-9]{1,3})?")
_MOST_PLACES = 100


def type_name(_: Frame, value: object) -> object:
    """The name that expr-lang gives a type."""
    if isinstance(value, int) and not isinstance(value, bool):
        return "int"
    if isinstance(value, float | Decimal):
        return "float"
    if isinstance(value, Mapping):
        return "map"
    if isinstance(value, list | tuple):
        return "array"
    if value is None or isinstance(value, bool | str | UUID | date | time | timedelta | bytes):
        return kind(value)
    raise TypeMismatchError(f"type() does not know a {kind(value)}")


def integer(_: Frame, value: object) -> object:
    """A whole number from its text, or from a number by cutting what follows the point."""
    if isinstance(value, str):
        if not _WHOLE.fullmatch(value.strip()):
            raise InvalidArgumentError(f"int() cannot read {shown(value, 60)}")
        return admitted(int(value))
    return admitted(int(_finite(number(value, "int"), "int")))


def real(_: Frame, value: object) -> object:
    if isinstance(value, str):
        if not _REAL.fullmatch(value.strip()):
            raise InvalidArgumentError(f"float() cannot read {shown(value, 60)}")
        return float(_finite(float(value), "float"))
    return float(_finite(number(value, "float"), "float"))


def absolute(_: Frame, value: object) -> object:
    return abs(number(value, "abs"))


def rounded(_: Frame, value: object, places: object = 0) -> object:
    """Half goes away from zero, as on paper; with places the result keeps them."""
    given, digits = _finite(number(value, "round"), "round"), whole(places, "round")
    if not 0 <= digits <= _MOST_PLACES:
        raise MistakenArgumentError(f"round() keeps 0 to {_MOST_PLACES} places, not {shown(digits, 20)}")
    if isinstance(given, int):
        return given
    result = _quantized(given, ROUND_HALF_UP, digits)
    if digits == 0:
        return int(result)
    return float(result) if isinstance(given, float) else result


def floor(_: Frame, value: object) -> object:
    return int(_quantized(_finite(number(value, "floor"), "floor"), ROUND_FLOOR, 0))


def ceil(_: Frame, value: object) -> object:
    return int(_quantized(_finite(number(value, "ceil"), "ceil"), ROUND_CEILING, 0))


def approx(frame: Frame, left: object, right: object, tolerance: object) -> object:
    """Tell whether two numbers differ by no more than the tolerance."""
    allowed = number(tolerance, "approx")
    if compare(allowed, 0, "approx") < 0:
        raise MistakenArgumentError(f"approx() needs a tolerance of 0 or more, not {described(allowed)}")
    one, other = number(left, "approx"), number(right, "approx")
    difference = calculate(exact(one), exact(other), "-", frame)
    near = compare(abs(number(difference, "approx")), exact(allowed), "approx") <= 0
    if not near:
        frame.tell([f"{apart(one, other) or 'more or less'} than expected, and {shown(allowed, 20)} is allowed"])
    return near


def _quantized(value: Number, rounding: str, places: int) -> Decimal:
    given = exact(value)
    if isinstance(given, int):
        return Decimal(given)
    assert isinstance(given, Decimal)
    try:
        shift = Decimal(1).scaleb(-places)
        return given if given.as_tuple().exponent >= -places else given.quantize(shift, rounding)  # type: ignore[operator]
    except InvalidOperation:
        raise LimitExceededError(f"{described(value)} has too many digits to be rounded so") from None


def _finite(value: Number, function: str) -> Number:
    if isinstance(value, int):
        return admitted(value)
    if not isfinite(value):
        raise InvalidArgumentError(f"{function}() has no result for {value}")
    if isinstance(value, Decimal) and abs(value.adjusted()) > MAX_DIGITS:
        raise LimitExceededError("a decimal is too large or too small")
    return value
