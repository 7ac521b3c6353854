"""Dates and moments of PostgreSQL, which has more of them than Python: infinite ones, and years beyond 1 to 9999."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any, Final

_FIRST: Final = date(2000, 1, 1).toordinal()
"""From where PostgreSQL counts."""
_DAY_US: Final = 24 * 60 * 60 * 1_000_000
_CYCLE_DAYS: Final = 146_097
"""Days of 400 years, after which the calendar is the same."""
_ENDLESS_DAYS: Final = {2**31 - 1: "infinity", -(2**31): "-infinity"}
_ENDLESS_US: Final = {2**63 - 1: "infinity", -(2**63): "-infinity"}


async def read_dates(connection: Any) -> None:
    """Let a connection give each date as what it is; the driver itself takes 9999-12-31 and infinity for the same."""
    kinds: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
        "date": (_days, _date),
        "timestamp": (partial(_microseconds, is_zoned=False), partial(_moment, is_zoned=False)),
        "timestamptz": (partial(_microseconds, is_zoned=True), partial(_moment, is_zoned=True)),
    }
    for name, (encoder, decoder) in kinds.items():
        await connection.set_type_codec(name, encoder=encoder, decoder=decoder, schema="pg_catalog", format="tuple")


def _date(parts: tuple[int]) -> date | str:
    (days,) = parts
    if days in _ENDLESS_DAYS:
        return _ENDLESS_DAYS[days]
    try:
        return date.fromordinal(_FIRST + days)
    except (ValueError, OverflowError):
        return "{}{}".format(*_beyond(days))


def _moment(parts: tuple[int], *, is_zoned: bool) -> datetime | str:
    (microseconds,) = parts
    if microseconds in _ENDLESS_US:
        return _ENDLESS_US[microseconds]
    try:
        return datetime(2000, 1, 1, tzinfo=UTC if is_zoned else None) + timedelta(microseconds=microseconds)
    except OverflowError:
        days, rest = divmod(microseconds, _DAY_US)
        day, era = _beyond(days)
        clock = (datetime.combine(date.min, time.min) + timedelta(microseconds=rest)).time().isoformat()
        return f"{day}T{clock}{'+00:00' if is_zoned else ''}{era}"


def _beyond(days: int) -> tuple[str, str]:
    """Return a day outside of Python's years as a text, and its era."""
    cycles, day = divmod(_FIRST + days - 1, _CYCLE_DAYS)
    found = date.fromordinal(day + 1)
    year = found.year + 400 * cycles
    return f"{year if year > 0 else 1 - year:04}-{found:%m-%d}", "" if year > 0 else " BC"


def _days(value: Any) -> tuple[int]:
    if not isinstance(value, date):
        raise TypeError("it is no date")
    return (value.toordinal() - _FIRST,)


def _microseconds(value: Any, *, is_zoned: bool) -> tuple[int]:
    if not isinstance(value, date):
        raise TypeError("it is no moment")
    moment = value if isinstance(value, datetime) else datetime.combine(value, time.min)
    if is_zoned != (moment.utcoffset() is not None):
        hint = "has no zone, and which is meant differs from machine to machine" if is_zoned else "has a zone"
        raise TypeError(f"it {hint}; {'write Z or +02:00 behind it' if is_zoned else 'the place takes none'}")
    return ((moment - datetime(2000, 1, 1, tzinfo=UTC if is_zoned else None)) // timedelta(microseconds=1),)
