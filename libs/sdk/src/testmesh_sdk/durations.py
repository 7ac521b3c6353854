"""Durations as flows write them: `500ms`, `10s`, `1m30s`, `2h`; a bare number says no unit and is refused."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

PATTERN = r"^(?=\d)(?:\d+(?:\.\d+)?h)?(?:\d+(?:\.\d+)?m(?!s))?(?:\d+(?:\.\d+)?s)?(?:\d+(?:\.\d+)?ms)?$"
LONGEST_S = 366 * 24 * 3600.0
_WHOLE = re.compile(PATTERN, re.ASCII)
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)", re.ASCII)
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_LONGEST_TEXT = 64


class DurationInvalidError(ValueError):
    """A value that is no duration."""

    code = "TM206"

    def __init__(self, value: object) -> None:
        shown = repr(value) if len(repr(value)) <= _LONGEST_TEXT else repr(value)[:_LONGEST_TEXT] + "…"
        super().__init__(f"{shown} is not a duration; write a number with its unit: 500ms, 10s, 1m30s or 2h")


def parse_duration(value: object) -> float:
    """Return the seconds that a duration's text means.

    Raises:
        DurationInvalidError: the value is no text, has no unit, or is longer than a year.
    """
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT or not _WHOLE.fullmatch(value):
        raise DurationInvalidError(value)
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(value))
    if seconds > LONGEST_S:
        raise DurationInvalidError(value)
    return seconds


def format_duration(seconds: float) -> str:
    """Write seconds as a flow would: `1m30s`, `250ms`."""
    milliseconds = round(seconds * 1000)
    parts = []
    for unit, size in (("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, milliseconds = divmod(milliseconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def _read(value: Any) -> float:
    return parse_duration(value)


Duration = Annotated[
    float,
    BeforeValidator(_read),
    WithJsonSchema({"type": "string", "pattern": PATTERN, "examples": ["500ms", "10s", "1m30s", "2h"]}),
]
"""A field of a config that is written as a duration and read as seconds."""
