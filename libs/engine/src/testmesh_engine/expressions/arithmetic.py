"""`+ - * / % ^` and ranges: exact where it can be, bounded always."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal, DecimalException
from math import fmod, isfinite
from typing import cast

from testmesh_engine.expressions.arguments import admitted
from testmesh_engine.expressions.errors import CalculationError, LimitExceededError, TypeMismatchError
from testmesh_engine.expressions.frames import Frame
from testmesh_engine.expressions.limits import MAX_BITS, MAX_DIGITS
from testmesh_engine.expressions.values import Number, described, exact, is_number


def calculate(left: object, right: object, operator: str, frame: Frame) -> object:
    """Return the result, or an error that says what the operands were."""
    if is_number(left) and is_number(right):
        return _numbers(cast(Number, left), cast(Number, right), operator)
    if operator == "+" and isinstance(left, str) and isinstance(right, str):
        frame.admit_text(len(left) + len(right))
        return left + right
    if operator in ("+", "-"):
        return _times(left, right, operator)
    raise TypeMismatchError(f"`{operator}` does not know {described(left)} and {described(right)}")


def _numbers(left: Number, right: Number, operator: str) -> Number:
    if isinstance(left, Decimal) != isinstance(right, Decimal):
        left, right = exact(left), exact(right)
    try:
        result: object = _OPERATIONS[operator](left, right)
    except ZeroDivisionError:
        raise CalculationError(f"`{operator}` by zero") from None
    except (OverflowError, DecimalException, ValueError) as error:
        raise CalculationError(f"`{left} {operator} {right}` has no result: {type(error).__name__}") from None
    if isinstance(result, complex):
        raise CalculationError(f"`{left} {operator} {right}` is no real number")
    return _bounded(cast(Number, result), operator)


def _bounded(result: Number, operator: str) -> Number:
    if isinstance(result, int):
        return admitted(result)
    if isinstance(result, Decimal) and result.is_finite() and abs(result.adjusted()) > MAX_DIGITS:
        raise LimitExceededError(f"the result of `{operator}` has more than the {MAX_DIGITS} digits allowed")
    if not isfinite(result):
        raise CalculationError(f"the result of `{operator}` is not a finite number")
    return result


def _divided(left: Number, right: Number) -> object:
    if isinstance(left, int) and isinstance(right, int):
        if right == 0:
            raise ZeroDivisionError
        return left // right if left % right == 0 else left / right
    if right == 0:
        raise ZeroDivisionError
    return left / right  # type: ignore[operator]  # float with Decimal was settled before


def _remainder(left: Number, right: Number) -> object:
    """The remainder with the sign of the dividend, as in Go, C and JavaScript."""
    if right == 0:
        raise ZeroDivisionError
    if isinstance(left, int) and isinstance(right, int):
        return abs(left) % abs(right) * (-1 if left < 0 else 1)
    return left % cast(Decimal, right) if isinstance(left, Decimal) else fmod(left, right)


def _power(left: Number, right: Number) -> object:
    if isinstance(left, int) and isinstance(right, int):
        if right >= 0 and left not in (-1, 0, 1) and left.bit_length() * right > 2 * MAX_BITS:
            raise LimitExceededError(f"the result of `^` is too large: {MAX_DIGITS} digits are allowed")
        if right < 0:
            return float(left) ** right
    return left**right  # type: ignore[operator]


_OPERATIONS: dict[str, Callable[[Number, Number], object]] = {
    "+": lambda left, right: left + right,  # type: ignore[operator]
    "-": lambda left, right: left - right,  # type: ignore[operator]
    "*": lambda left, right: left * right,  # type: ignore[operator]
    "/": _divided,
    "%": _remainder,
    "^": _power,
}


def _times(left: object, right: object, operator: str) -> object:
    try:
        if isinstance(left, date | timedelta) and isinstance(right, timedelta):
            return left + right if operator == "+" else left - right
        if operator == "+" and isinstance(left, timedelta) and isinstance(right, date):
            return right + left
        if operator == "-" and isinstance(left, datetime) and isinstance(right, datetime):
            return left - right
    except (OverflowError, TypeError):
        message = f"`{operator}` has no result for {described(left)} and {described(right)}"
        raise CalculationError(message) from None
    one_text = isinstance(left, str) != isinstance(right, str)
    hint = "; string() makes a text of a value" if one_text else ""
    raise TypeMismatchError(f"`{operator}` does not know {described(left)} and {described(right)}{hint}")


def negated(value: object, operator: str) -> object:
    """`-x` and `+x`."""
    if isinstance(value, timedelta):
        return -value if operator == "-" else value
    if not is_number(value):
        raise TypeMismatchError(f"`{operator}` does not know {described(value)}")
    return -value if operator == "-" else value  # type: ignore[operator]


def spread(first: object, last: object, frame: Frame) -> list[int]:
    """`a..b`, both ends in it; empty where the last is below the first."""
    for end in (first, last):
        if not isinstance(end, int) or isinstance(end, bool):
            raise TypeMismatchError(f"`..` goes from a whole number to another, not to or from {described(end)}")
    start, stop = cast(int, first), cast(int, last)
    frame.admit_items(max(0, stop - start + 1))
    return list(range(start, stop + 1))
