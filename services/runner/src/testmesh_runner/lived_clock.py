"""A clock that counts only the time in which this process was alive to see it."""

import time

LONGEST_STEP_S = 2.0


class LivedClock:
    """Seconds as the heartbeat's thread lived them: a process that was stopped for long has not aged."""

    def __init__(self) -> None:
        self.now = 0.0
        self._seen = time.monotonic()

    def advance(self) -> None:
        """Count the time since the last call, but no more than a heartbeat may take."""
        seen = time.monotonic()
        self.now += min(seen - self._seen, LONGEST_STEP_S)
        self._seen = seen
