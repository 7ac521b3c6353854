"""Turns that are some milliseconds apart: what comes in between is taken in one lot.

A read, a statement and a commit cost the same for one entry as for ten. So who reads as fast as entries come
works two to three times as much per entry under a light load as under a full one.
"""

import asyncio
import time
from dataclasses import dataclass


@dataclass(slots=True)
class Pace:
    """Lets a loop take its next turn `every_s` seconds after it began the last; after a quiet while, at once."""

    every_s: float
    _next_at: float = 0.0

    def begin(self) -> None:
        """Begin a turn: something was found to do."""
        self._next_at = time.monotonic() + self.every_s

    async def wait(self) -> None:
        """Wait until the next turn may begin."""
        remaining = self._next_at - time.monotonic()
        if remaining > 0:
            await asyncio.sleep(remaining)
