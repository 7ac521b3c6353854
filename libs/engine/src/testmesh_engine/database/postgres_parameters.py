"""Parameters, as the types that the server says it takes: a flow holds texts and numbers, not dates and uuids."""

import base64
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import asyncpg

from testmesh_engine.database.faults import BAD_VALUE, Said, fault
from testmesh_engine.database.found import Question
from testmesh_sdk import parse_duration


def parameters(types: "Sequence[asyncpg.Type]", question: Question) -> list[Any]:
    """Return the values of a statement as the driver takes them.

    Raises:
        ActionError: one does not fit, or their number does not.
    """
    values = question.statement.values
    if len(types) != len(values):
        said = (
            f"it takes {len(types)} and params gives {len(values)}; all of params belong into the text as $1, ?, :name"
        )
        raise fault(BAD_VALUE, question, Said(said))
    return [
        _fitted(value, found.name, at, question) for at, (value, found) in enumerate(zip(values, types, strict=True))
    ]


def _fitted(value: Any, name: str, at: int, question: Question) -> Any:
    try:
        return _as(value, name)
    except (ValueError, TypeError, InvalidOperation, OverflowError) as error:
        said = f"${at + 1} is {name}, and {_shown(value)} is none"
        raise fault(BAD_VALUE, question, Said(said)) from error


def _as(value: Any, name: str) -> Any:
    if value is None:
        return None
    if name.endswith("[]"):
        return [_as(item, name.removesuffix("[]")) for item in value] if isinstance(value, list) else value
    if name in ("json", "jsonb"):
        return value
    made = _MADE.get(name)
    return value if made is None else made(value)


def _from_text(read: Callable[[str], Any]) -> Callable[[Any], Any]:
    return lambda value: read(value) if isinstance(value, str) else value


def _whole(value: Any) -> Any:
    if isinstance(value, bool):
        raise TypeError("a bool is no number")
    if isinstance(value, Decimal | float) and value == int(value):
        return int(value)
    return int(value) if isinstance(value, str) else value


def _exact(value: Any) -> Decimal:
    if isinstance(value, bool):
        raise TypeError("a bool is no number")
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _interval(value: Any) -> Any:
    length = timedelta(seconds=parse_duration(value)) if isinstance(value, str) else value
    if not isinstance(length, timedelta):
        raise TypeError("no duration")
    return (0, length.days, length.seconds * 1_000_000 + length.microseconds)


def _bytes(value: Any) -> Any:
    return base64.b64decode(value, validate=True) if isinstance(value, str) else value


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        raise TypeError("a bool is no number")
    return float(value)


_MADE: dict[str, Callable[[Any], Any]] = {
    "date": _from_text(date.fromisoformat),
    "timestamp": _from_text(datetime.fromisoformat),
    "timestamptz": _from_text(datetime.fromisoformat),
    "time": _from_text(time.fromisoformat),
    "timetz": _from_text(time.fromisoformat),
    "interval": _interval,
    "numeric": _exact,
    "int2": _whole,
    "int4": _whole,
    "int8": _whole,
    "float4": _number,
    "float8": _number,
    "bytea": _bytes,
}


def _shown(value: Any) -> str:
    """Name the kind of a value; what it is may be secret."""
    return f"a {type(value).__name__}" if not isinstance(value, str) else "this text"
