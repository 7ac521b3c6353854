"""What PostgreSQL answers, as expressions understand it."""

import base64
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

_AS_THEY_ARE = (str, bool, int, float, Decimal, datetime, date, time, timedelta, type(None))


def plain(value: Any) -> Any:
    """Return a value without types of the driver's own; what has no like in expressions becomes a text or a map."""
    if isinstance(value, _AS_THEY_ARE):
        return value
    if isinstance(value, UUID):
        return UUID(int=value.int)
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, asyncpg.Record | Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, asyncpg.Range):
        return _range(value)
    if isinstance(value, asyncpg.BitString):
        return value.as_string().replace(" ", "")
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return str(value)


def _range(found: "asyncpg.Range[Any]") -> dict[str, Any]:
    return {
        "lower": plain(found.lower),
        "upper": plain(found.upper),
        "lower_inc": found.lower_inc,
        "upper_inc": found.upper_inc,
        "empty": found.isempty,
    }


def interval(found: tuple[int, int, int]) -> timedelta | str:
    """Return a duration; of one with months, which are no number of days, its text of ISO 8601."""
    months, days, microseconds = found
    if not months:
        return timedelta(days=days, microseconds=microseconds)
    seconds = Decimal(microseconds) / 1_000_000
    parts = f"P{months}M{f'{days}D' if days else ''}"
    return f"{parts}T{seconds.normalize():f}S" if microseconds else parts
