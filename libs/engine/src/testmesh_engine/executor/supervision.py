"""Work that has a time, can be cancelled, and is left to itself where it does not stop."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from testmesh_engine.executor.course import Course
from testmesh_engine.executor.interruption import Interruption, cancelled
from testmesh_engine.executor.place import Place, Stop

GRACE_S = 0.75
"""How long a step may take to notice that it is cancelled; one that takes longer is left to itself."""
UNWINDING_S = 20.0
"""What all teardowns of flows inside a step have together, once that step is cut off."""

Work = Coroutine[Any, Any, None]


class Supervision:
    """Watches over a flow's body, then over its teardown.

    A flow inside a step of another is nested: a cancel reaches it as that of its task, is held back until its
    teardown is over, and passed on by `pass_on`. Where the task of a whole run is cancelled there is no teardown.
    """

    def __init__(self, course: Course, place: Place, *, nested: bool) -> None:
        self.fault: tuple[str, str] | None = None
        self._course = course
        self._place = place
        self._nested = nested
        self._held_back = False

    async def over_body(
        self, work: Work, ends: float, late: Interruption, cancel: asyncio.Event | None
    ) -> Interruption | None:
        """Let work run to its end, to `ends` by the loop's clock, or to the cancel; return what cut it off."""
        task = asyncio.create_task(work)
        waits: set[asyncio.Task[Any]] = {task}
        if cancel is not None:
            waits.add(asyncio.create_task(cancel.wait()))
        cut_off: Interruption | None = None
        try:
            await asyncio.wait(waits, timeout=_left(ends), return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                cut_off = cancelled(cancel) if cancel is not None and cancel.is_set() else late
        except asyncio.CancelledError:
            await self._hold_back(task)
            cut_off = self._place.stop.why
        finally:
            for waiting in waits - {task}:
                waiting.cancel()
        if cut_off is not None:
            await self._end(task, cut_off, self._place.stop)
        self._look_at(task)
        return cut_off

    async def over_teardown(self, work: Work, stop: Stop, seconds: float, late: Interruption) -> Interruption | None:
        """Let a teardown run to its end or its time's, whatever is cancelled meanwhile."""
        task = asyncio.create_task(work)
        ends = asyncio.get_running_loop().time() + seconds
        while not task.done() and (left := _left(min(ends, self._unwinds_until(ends)))) > 0:
            try:
                await asyncio.wait({task}, timeout=left)
            except asyncio.CancelledError:
                await self._hold_back(task)
        cut_off = None if task.done() else late
        if cut_off is not None:
            await self._end(task, cut_off, stop)
        self._look_at(task)
        return cut_off

    def pass_on(self) -> None:
        """Pass on the cancel that was held back.

        Raises:
            asyncio.CancelledError: there was one.
        """
        if self._held_back:
            for around in self._place.stop.around():
                around.unwinding -= 1
            raise asyncio.CancelledError

    async def _hold_back(self, task: asyncio.Task[None]) -> None:
        if not self._nested or self._course.revoked:
            self._course.revoked = True
            task.cancel()
            await asyncio.wait({task}, timeout=GRACE_S)
            raise asyncio.CancelledError
        if not self._held_back:
            self._held_back = True
            for around in self._place.stop.around():
                around.unwinding += 1

    def _unwinds_until(self, otherwise: float) -> float:
        source = self._place.stop.parent.source() if self._place.stop.parent is not None else None
        if source is None:
            return otherwise
        if source.unwind_until is None:
            source.unwind_until = asyncio.get_running_loop().time() + UNWINDING_S
        return source.unwind_until

    async def _end(self, task: asyncio.Task[None], why: Interruption, stop: Stop) -> None:
        stop.own = why
        task.cancel()
        while True:
            await self._grant(task)
            if task.done():
                return
            if not stop.unwinding:
                break
        self._course.recorder.abandons(self._place.parent, why)

    async def _grant(self, task: asyncio.Task[None]) -> None:
        ends = asyncio.get_running_loop().time() + GRACE_S
        while not task.done() and (left := _left(ends)) > 0:
            try:
                await asyncio.wait({task}, timeout=left)
            except asyncio.CancelledError:
                await self._hold_back(task)

    def _look_at(self, task: asyncio.Task[None]) -> None:
        """Take how the work ended; of work that was left to itself, so that it is not reported as forgotten."""
        if not task.done():
            task.add_done_callback(_forget)
        elif not task.cancelled() and (error := task.exception()) is not None:
            self.fault = ("TM419", f"the engine broke down: {type(error).__name__}: {error}")


def _left(ends: float) -> float:
    return max(ends - asyncio.get_running_loop().time(), 0.0)


def _forget(task: asyncio.Task[None]) -> None:
    if not task.cancelled():
        task.exception()
