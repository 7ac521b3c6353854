"""Percentiles of what was measured, by the nearest rank: each is a value that occurred."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Return the least of the ordered values that at least `percent` % of them do not exceed."""
    if not ordered:
        raise ValueError("there is no percentile of nothing: no value was measured")
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


@dataclass(frozen=True)
class Spread:
    """How a measured quantity is spread."""

    count: int
    p50: float
    p90: float
    p99: float
    largest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        ordered = sorted(values)
        p50, p90, p99 = (percentile(ordered, percent) for percent in (50, 90, 99))
        return cls(len(ordered), p50, p90, p99, ordered[-1])

    @classmethod
    def read(cls, value: dict[str, Any]) -> "Spread":
        return cls(**value)
