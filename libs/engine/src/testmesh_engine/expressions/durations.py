"""Durations as the flow language writes them: `500ms`, `10s`, `1m30s`, `2h`."""

import re
from datetime import timedelta

_UNITS = {"d": 86_400_000_000, "h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000, "ms": 1_000, "us": 1}
_PART = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,9}))?(ms|us|[dhms])")


def parse_duration(text: str) -> timedelta:
    """Return the duration; ValueError where the text is none."""
    sign, rest = (-1, text[1:]) if text.startswith("-") else (1, text)
    microseconds, position = 0.0, 0
    for part in _PART.finditer(rest):
        if part.start() != position:
            break
        position = part.end()
        microseconds += float(f"{part[1]}.{part[2] or 0}") * _UNITS[part[3]]
    if not rest or position != len(rest):
        raise ValueError(f"`{text[:40]}` is no duration; write one as 500ms, 10s or 1m30s")
    return sign * timedelta(microseconds=round(microseconds))


def duration_text(value: timedelta) -> str:
    """The shortest spelling with whole units."""
    left = value // timedelta(microseconds=1)
    parts = ["-"] if left < 0 else []
    left = abs(left)
    for unit, size in _UNITS.items():
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
