"""How long a step waits for something that a tested system does in its own time."""

import asyncio

from testmesh_sdk import ActionFailure, ActionTimeoutError, format_duration

_MARGIN_S = 0.1
"""So much earlier than the step's own time is up does a wait end: it can say what came, the step's end cannot."""


class Wait:
    """As long as its author says, and not beyond the step's time."""

    def __init__(self, seconds: float, deadline: float | None) -> None:
        now = asyncio.get_running_loop().time()
        self._seconds = seconds
        self.until = now + seconds
        self._is_cut = deadline is not None and deadline - _MARGIN_S < self.until
        if deadline is not None and self._is_cut:
            self.until = max(deadline - _MARGIN_S, now)
            self._seconds = self.until - now

    def __str__(self) -> str:
        return format_duration(round(self._seconds, 3))

    def over(self, code: str, message: str) -> Exception:
        """Return the failure; where the step's time is up first, nothing is proven, and it is an error of this code."""
        if self._is_cut:
            return ActionTimeoutError(code, f"{message}; the step's time is up: raise its timeout")
        return ActionFailure(message)
