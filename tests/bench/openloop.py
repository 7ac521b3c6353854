"""Requests sent when they are due, whatever became of the ones before: an open loop.

A closed loop waits for a stalled server, and so never sees how long others would have waited.
Here the latency of a request counts from when it was due.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Protocol


class Clock(Protocol):
    """Tells the time in seconds, and waits until a time."""

    def now(self) -> float: ...
    async def until(self, moment: float) -> None: ...


class WallClock:
    """The machine's monotonic clock."""

    def now(self) -> float:
        return time.perf_counter()

    async def until(self, moment: float) -> None:
        while (left := moment - self.now()) > 0:
            await asyncio.sleep(left)


class OpenLoop:
    """Sends `count` requests at `rate` a second; keeps how long each took, and how late it was sent.

    `send` is given the request's number, and raises nothing but what is to end the measurement.
    """

    def __init__(self, send: Callable[[int], Awaitable[None]], rate: float, count: int, clock: Clock) -> None:
        self._send = send
        self._rate = rate
        self._count = count
        self._clock = clock
        self.latencies_ms: list[float] = []
        self.late_ms: list[float] = []

    async def run(self) -> None:
        """Return when the last one is answered."""
        start = self._clock.now()
        async with asyncio.TaskGroup() as group:
            for number in range(self._count):
                due = start + number / self._rate
                await self._clock.until(due)
                group.create_task(self._one(number, due))

    async def _one(self, number: int, due: float) -> None:
        self.late_ms.append((self._clock.now() - due) * 1000)
        await self._send(number)
        self.latencies_ms.append((self._clock.now() - due) * 1000)
