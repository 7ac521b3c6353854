"""Waiting between tries: exponential, with full jitter, cut short by a stop."""

import asyncio
import random
from dataclasses import dataclass

_jitter = random.Random()  # noqa: S311 - spreads load, guards nothing; a generator of its own, so that a test's seed stays its own


@dataclass
class Backoff:
    """Delays that double from `first` to `longest` seconds, each drawn between half and the whole."""

    first: float = 0.05
    longest: float = 2.0
    tries: int = 0

    def reset(self) -> None:
        self.tries = 0

    def next_delay(self) -> float:
        delay: float = min(self.longest, self.first * 2 ** min(self.tries, 16))
        self.tries += 1
        return delay * _jitter.uniform(0.5, 1.0)

    async def wait(self, stopping: asyncio.Event | None = None) -> None:
        """Wait for the next delay, or until `stopping` is set."""
        delay = self.next_delay()
        if stopping is None:
            await asyncio.sleep(delay)
            return
        try:
            await asyncio.wait_for(stopping.wait(), delay)
        except TimeoutError:
            return
