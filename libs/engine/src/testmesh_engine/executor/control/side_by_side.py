"""Pieces of work side by side, a bounded number at a time; none of them outlives the step that has them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


class SideBySide:
    """Work in a fixed number of lanes; whoever works can stop what has not begun, or what runs, too."""

    def __init__(self) -> None:
        self._lanes: list[asyncio.Task[None]] = []
        self._is_closed = False

    def begin_no_more(self) -> None:
        self._is_closed = True

    def halt(self) -> None:
        """Begin nothing more, and cut off what runs, but for whoever calls this."""
        self._is_closed = True
        for lane in self._lanes:
            if lane is not asyncio.current_task():
                lane.cancel()

    async def run(self, pieces: Sequence[T], lanes: int, work: Callable[[T], Awaitable[None]]) -> None:
        """Work on all pieces; a cancel reaches every lane, and all have ended when this returns or raises."""
        waiting = iter(pieces)
        self._lanes = [asyncio.create_task(self._lane(waiting, work)) for _ in range(min(lanes, len(pieces)))]
        cut_off = False
        while pending := [lane for lane in self._lanes if not lane.done()]:
            try:
                await asyncio.wait(pending, return_when=asyncio.FIRST_EXCEPTION)
            except asyncio.CancelledError:
                cut_off = True
                self.halt()
            if any(lane.done() and not lane.cancelled() and lane.exception() for lane in self._lanes):
                self.halt()
        errors = [lane.exception() for lane in self._lanes if not lane.cancelled()]
        for error in errors:
            if error is not None:
                raise error
        if cut_off:
            raise asyncio.CancelledError

    async def _lane(self, waiting: Iterator[T], work: Callable[[T], Awaitable[None]]) -> None:
        for piece in waiting:
            await work(piece)
            if self._is_closed:
                return
