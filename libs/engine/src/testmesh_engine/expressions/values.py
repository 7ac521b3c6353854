"""What values are to the language: their kinds, when they are equal, which comes first, how they are written."""

import json
import math
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from testmesh_engine.expressions.durations import duration_text, parse_duration
from testmesh_engine.expressions.errors import LimitExceededError, TypeMismatchError
from testmesh_engine.expressions.frames import Frame
from testmesh_engine.expressions.limits import MAX_BITS, MAX_DIGITS, MAX_VALUE_DEPTH

Number = int | float | Decimal
Written = date | time | timedelta
WRITTEN = (date, time, timedelta)
"""Values that equal the texts that say the same; a datetime is a date, too."""
_SHOWN = 120
_LONGEST_WRITTEN = 100


def kind(value: object) -> str:  # one line for each kind reads best
    """The name that messages give a value's type."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float | Decimal):
        return "number"
    if isinstance(value, str | UUID):
        return "string"
    if isinstance(value, Mapping):
        return "map"
    if isinstance(value, list | tuple):
        return "list"
    if isinstance(value, datetime | date | time):
        return "time"
    if isinstance(value, timedelta):
        return "duration"
    return "bytes" if isinstance(value, bytes) else "value of an unknown type"


def is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def is_nan(value: object) -> bool:
    return (isinstance(value, float) and math.isnan(value)) or (isinstance(value, Decimal) and value.is_nan())


def exact(value: Number) -> Number:
    """A float as the decimal that it is written as, so that 59.98 from a database equals 59.98."""
    return Decimal(repr(value)) if isinstance(value, float) else value


def equal(left: object, right: object, frame: Frame, depth: int = 0) -> bool:
    """Tell whether two values are the same; never true for a number and a string."""
    frame.spend(1)
    if isinstance(left, str) and isinstance(right, str):
        frame.pass_over(left, right)
        return left == right
    if is_number(left) and is_number(right):
        return _equal_numbers(left, right)  # type: ignore[arg-type]  # just asked
    if isinstance(left, list | tuple | Mapping) or isinstance(right, list | tuple | Mapping):
        return _equal_containers(left, right, frame, depth)
    if left is None or right is None or isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return _equal_written(left, right)


def _equal_numbers(left: Number, right: Number) -> bool:
    if is_nan(left) or is_nan(right):
        return False
    if isinstance(left, Decimal) != isinstance(right, Decimal):
        return exact(left) == exact(right)
    return left == right


def _equal_containers(left: object, right: object, frame: Frame, depth: int) -> bool:
    if depth > MAX_VALUE_DEPTH:
        raise LimitExceededError(f"the values compared are nested more than {MAX_VALUE_DEPTH} deep")
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        if len(left) != len(right):
            return False
        return all(key in right and equal(left[key], right[key], frame, depth + 1) for key in left)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        if len(left) != len(right):
            return False
        return all(equal(one, other, frame, depth + 1) for one, other in zip(left, right, strict=True))
    return False


def _equal_written(left: object, right: object) -> bool:
    if isinstance(right, str):
        left, right = right, left
    if isinstance(left, str):
        return _is_written_as(right, left)
    if type(left) is type(right) and isinstance(left, date | time | timedelta | UUID | bytes):
        return left == right
    return False


def _is_written_as(value: object, text: str) -> bool:
    """Tell whether a text is the value's text form."""
    if isinstance(value, UUID):
        return str(value) == text.lower()
    return isinstance(value, WRITTEN) and read_like(value, text) == value


def read_like(value: Written, text: str) -> Written | None:
    """What a text says where it is one of the value's kind, and has a zone if the value has one; else None."""
    if len(text) > _LONGEST_WRITTEN:
        return None
    try:
        if isinstance(value, timedelta):
            return parse_duration(text)
        if isinstance(value, datetime):
            moment = datetime.fromisoformat(text)
            return moment if len(text) > len("2000-01-01") and has_zone(moment) is has_zone(value) else None
        if isinstance(value, date):
            day = date.fromisoformat(text)
            return day if day.isoformat() == text else None
        clock = time.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
    return clock if has_zone(clock) is has_zone(value) else None


def has_zone(value: datetime | time) -> bool:
    return value.tzinfo is not None


def compare(left: object, right: object, operator: str) -> int:
    """Return below, at or above 0; values of different types have no order."""
    if is_number(left) and is_number(right):
        if is_nan(left) or is_nan(right):
            raise TypeMismatchError(f"`{operator}` finds a value that is not a number (NaN)")
        one, other = left, right
        if isinstance(left, Decimal) != isinstance(right, Decimal):
            one, other = exact(left), exact(right)  # type: ignore[arg-type]  # both are numbers
        return int(one > other) - int(one < other)  # type: ignore[operator]
    for ordered in (str, datetime, timedelta):
        if isinstance(left, ordered) and isinstance(right, ordered):
            if isinstance(left, datetime) and (left.tzinfo is None) != (right.tzinfo is None):  # type: ignore[union-attr]
                raise TypeMismatchError(f"`{operator}` cannot order a time with a zone and one without")
            return (left > right) - (left < right)  # type: ignore[operator]
    if type(left) is type(right) and isinstance(left, date | time):
        if isinstance(left, time) and isinstance(right, time) and (left.tzinfo is None) != (right.tzinfo is None):
            raise TypeMismatchError(f"`{operator}` cannot order a time with a zone and one without")
        return int(left > right) - int(left < right)  # type: ignore[operator]
    remedy = "; make one of the other's kind with int(), float() or string()" if _differ_as_texts(left, right) else ""
    raise TypeMismatchError(f"`{operator}` cannot order {described(left)} and {described(right)}{remedy}")


def _differ_as_texts(left: object, right: object) -> bool:
    return (isinstance(left, str) and is_number(right)) or (is_number(left) and isinstance(right, str))


def described(value: object) -> str:
    """A short phrase for messages: the kind, and the value where it fits."""
    name = kind(value)
    if value is None:
        return "nil"
    if isinstance(value, Mapping | list | tuple):
        return f"a {name} of {len(value)}"
    if name.startswith(("value", "bytes")):
        return name
    return f"the {name} {shown(value)}"


def shown(value: object, limit: int = _SHOWN) -> str:
    """A value as JSON, cut to a length that fits a line; never fails."""
    try:
        text = _encode(plain(value, Frame({}, steps=5_000)))
    except (TypeMismatchError, LimitExceededError, RecursionError, ValueError):
        size = f" of {len(value)}" if isinstance(value, Mapping | list | tuple) else ""
        return f"({kind(value)}{size})"
    return text if len(text) <= limit else text[: limit - 1] + "…"


def plain(value: object, frame: Frame, depth: int = 0) -> object:  # one line for each kind
    """The value in JSON's own types."""
    frame.spend(1)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        frame.admit_text(len(value))
        return str(value)
    if is_number(value):
        return _plain_number(value)  # type: ignore[arg-type]  # just asked
    if depth > MAX_VALUE_DEPTH:
        raise LimitExceededError(f"the value is nested more than {MAX_VALUE_DEPTH} deep")
    if isinstance(value, Mapping):
        return {str(key): plain(item, frame, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, frame, depth + 1) for item in value]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, UUID):
        return str(value)
    raise TypeMismatchError(f"{kind(value)} cannot be written as text")


class _Written(float):
    """A decimal that is written with its own digits."""

    digits: str


def _plain_number(value: Number) -> int | float:
    if isinstance(value, int):
        if value.bit_length() > MAX_BITS:
            raise LimitExceededError("a whole number is too large to be written")
        return int(value)
    if not math.isfinite(value):
        raise TypeMismatchError(f"JSON has no number {value}")
    if isinstance(value, Decimal):
        if abs(value.adjusted()) > MAX_DIGITS:
            raise LimitExceededError("a decimal is too large or too small to be written")
        written = _Written(value)
        written.digits = format(value, "f")
        return written
    return float(value)


def to_json(value: object, frame: Frame) -> str:
    """The value as compact JSON."""
    text = _encode(plain(value, frame))
    frame.admit_text(len(text))
    return text


def _encode(value: object) -> str:
    """JSON, with a decimal's own digits (the encoder of the library asks float for them)."""
    if isinstance(value, _Written):
        return value.digits
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key, ensure_ascii=False)}:{_encode(item)}" for key, item in value.items())
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_encode, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def to_text(value: object, frame: Frame) -> str:
    """The value as it stands inside a text: strings bare, everything else as JSON."""
    if isinstance(value, str):
        frame.admit_text(len(value))
        return value
    if value is None or is_number(value) or isinstance(value, bool | Mapping | list | tuple):
        return to_json(value, frame)
    return str(plain(value, frame))


def fingerprint(value: object, frame: Frame, depth: int = 0) -> object:
    """Something hashable that is the same for equal values."""
    frame.spend(1)
    if depth > MAX_VALUE_DEPTH:
        raise LimitExceededError(f"the value is nested more than {MAX_VALUE_DEPTH} deep")
    if isinstance(value, bool) or value is None:
        return ("constant", value)
    if is_number(value):
        return ("number", exact(value))  # type: ignore[arg-type]  # just asked
    if isinstance(value, Mapping):
        return ("map", frozenset((str(key), fingerprint(item, frame, depth + 1)) for key, item in value.items()))
    if isinstance(value, list | tuple):
        return ("list", tuple(fingerprint(item, frame, depth + 1) for item in value))
    return (kind(value), str(value))
