"""Whether a step that did not pass is tried again, and when: `retry` counts tries, `eventually` counts time."""

import asyncio
from collections.abc import Callable

from testmesh_engine.executor.attempt import Tried
from testmesh_engine.executor.judging import ASSERTION_FAILED
from testmesh_engine.expressions.errors import cut
from testmesh_engine.language.models import Eventually, Retry, Step
from testmesh_sdk import format_duration

Clock = Callable[[], float]
NOT_IN_TIME = "TM423"
UNJUDGED = frozenset(("error", "timeout"))
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 10.0
_HELD_SHOWN = 3
_LONGEST_HELD = 60


class Repetition:
    """The tries of one step; `unjudged_retries` serve where it says nothing of repetition itself."""

    def __init__(self, step: Step, clock: Clock | None = None, *, unjudged_retries: int = 0) -> None:
        self._retry: Retry | None = step.retry or _for_unjudged(step, unjudged_retries)
        self._eventually: Eventually | None = step.eventually
        self._clock = clock or asyncio.get_running_loop().time
        self._ends = self._clock() + step.eventually.within if step.eventually else 0.0

    def time_left(self) -> float | None:
        """Return the seconds that a try may take at most; None where nothing limits all tries together."""
        return None if self._eventually is None else max(self._ends - self._clock(), 0.001)

    def pause(self, number: int, tried: Tried) -> float | None:
        """Return the seconds to wait after a try; None where it was the last."""
        if tried.status == "passed" or tried.reason == "final":
            return None
        if self._eventually is not None:
            left = self._ends - self._clock()
            return min(self._eventually.every, left) if left > 0 else None
        if self._retry is None or number >= self._retry.max_attempts or tried.reason not in self._retry.on:
            return None
        return self._retry.pause_after(number)

    def ended_by_time(self, tried: Tried) -> bool:
        """Say whether a try was cut off by the end of all tries, so that the one before it says more."""
        return self._eventually is not None and tried.code == "TM410" and self._clock() >= self._ends

    def concluded(self, tried: Tried, attempts: int) -> Tried:
        """Return the try that counts; where the time was up, it says so, and what held at last."""
        if self._eventually is None or tried.status == "passed" or tried.reason == "final":
            return tried
        if self._clock() < self._ends:
            return tried
        tries = "1 attempt" if attempts == 1 else f"{attempts} attempts"
        time_up = f"the time was up: {tries} within {format_duration(self._eventually.within)}"
        if tried.code == ASSERTION_FAILED:
            tried.code, tried.message = NOT_IN_TIME, f"{time_up}{_held(tried)}; {tried.message}"
        elif attempts > 1:
            tried.message = f"{tried.message}; {time_up}"
        return tried


def _for_unjudged(step: Step, retries: int) -> Retry | None:
    """Return how a step is tried again where it could not be judged, never where an assertion did not hold.

    One that holds others is not: their failed assertions would be judged again with it.
    """
    if not retries or step.eventually is not None or step.control is not None:
        return None
    return Retry(retries + 1, FIRST_PAUSE_S, "exponential", LONGEST_PAUSE_S, UNJUDGED)


def _held(tried: Tried) -> str:
    held = [cut(" ".join(told.expression.split()), _LONGEST_HELD) for told in tried.assertions if told.holds]
    if not held:
        return ""
    more = ", …" if len(held) > _HELD_SHOWN else ""
    words = ", ".join(held[:_HELD_SHOWN]) + more
    return f"; in the last, {len(held)} of {len(tried.assertions)} assertions held: {words}"
