"""How long a live connection is waited for, and how the waits are spread."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

_jitter = random.Random()  # noqa: S311 - spreads load, guards nothing; a generator of its own, so that a test's seed stays its own


@dataclass(frozen=True, slots=True)
class Patience:
    """Bounds of everything that is waited for, in seconds."""

    outage: float = 60.0
    """How long a server that was there may be away."""
    first_byte: float = 10.0
    """A server greets at once: what holds its words back that long is a proxy that knows no streams."""
    stalled: float = 45.0
    """A server says a comment every 15 s; a connection that is silent for three of them is lost."""
    steady: float = 10.0
    """A connection that lasted that long is no part of the outage before it, though nothing may have happened."""
    first_pause: float = 1.0
    longest_pause: float = 10.0
    fruitless: int = 6
    """Subscriptions in a row that end without a new event, before executions are asked for instead."""
    between: float = 0.2
    """The first pause between a subscription that ended and the next; it doubles up to the longest."""


class StayedAwayError(Exception):
    """A server was away for longer than the patience."""


class Outage:
    """The time for which nothing new was heard, over all tries to connect."""

    def __init__(self, patience: Patience, say: Callable[[str], None]) -> None:
        self._patience = patience
        self._say = say
        self._since: float | None = None
        self._tries = 0

    def is_over(self) -> None:
        self._since = None
        self._tries = 0

    async def wait(self, reason: str) -> None:
        """Wait a random time that grows with each failure; a first loss is silent, as it is mended at once.

        Raises:
            StayedAwayError: it has lasted too long.
        """
        now = time.monotonic()
        self._since = now if self._since is None else self._since
        if now - self._since >= self._patience.outage:
            raise StayedAwayError(reason)
        if self._tries:
            self._say(reason)
        longest = min(self._patience.first_pause * 2 ** min(self._tries, 16), self._patience.longest_pause)
        self._tries += 1
        await asyncio.sleep(_jitter.uniform(0, longest))
