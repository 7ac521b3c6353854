"""The gate of a debugged run: where it is held, and what it does with the answer. It lives in the run's own loop."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Literal

from testmesh_cli.debugging.breakpoints import Breakpoints
from testmesh_cli.debugging.reloading import NowSteps
from testmesh_cli.debugging.still_loop import StillLoop
from testmesh_cli.debugging.words import Answer, Go, Held, Leave, Retry, Skip, Why
from testmesh_contracts.events import StepFinished
from testmesh_engine.executor import Standpoint
from testmesh_engine.executor.place import Place
from testmesh_engine.language.controls import Steps
from testmesh_engine.language.models import Step

_BAD = ("failed", "error")


class Holding:
    """Holds a run, one step at a time; while one is held all others wait, and time stands still."""

    def __init__(self, loop: StillLoop, breakpoints: Breakpoints, tell: Callable[[Held], None], now: NowSteps) -> None:
        self.interrupted = False
        """Whether the person asked for the run to be held as soon as may be."""
        self._loop = loop
        self._breakpoints = breakpoints
        self._tell = tell
        self._now = now
        self._turn = asyncio.Lock()
        self._open: dict[str, Standpoint] = {}
        self._running: set[str] = set()
        """Paths of the steps that do something now, beyond what the gate can hold."""
        self._failures: set[str] = set()
        """Paths of failures at which the run was held: those that they caused around them tell nothing new."""
        self._depth: int | Literal["any", "none"] = "any"
        self._is_begun = False
        self._has_arrived = False
        """Whether the person came from behind a step, and has been told of the one that is due."""
        self._skips = False
        self._leaving = False
        self._answer: asyncio.Future[Answer] | None = None

    async def before(self, here: Standpoint) -> Step | Literal["skip"]:
        found = await self._let_in(here)
        if found != "skip":
            self._begins(here)
        return found

    def _begins(self, here: Standpoint) -> None:
        if here.step.control is None:
            self._running.add(here.path)

    async def _let_in(self, here: Standpoint) -> Step | Literal["skip"]:
        self._open[here.path] = here  # under way from now on, also while it waits for its turn
        async with self._turn:
            if here.step.implied:
                return here.step
            if self._leaving:
                await self._unless_over(here)
                return here.step
            skips, self._skips = self._skips, False
            why = None if skips else self._why_before(here)
            self._is_begun, self._has_arrived = True, False
            try:
                answer = await self._held(here, why, None) if why is not None else None
            except asyncio.CancelledError:
                self._open.pop(here.path, None)
                raise
            if skips or isinstance(answer, Skip):
                self._depth = "any"
                return "skip"
            return self._now.step(here.step, here.place)

    async def after(self, here: Standpoint, ended: StepFinished) -> Step | Literal["skip"] | None:
        self._running.discard(here.path)
        found = await self._looked_at(here, ended)
        if isinstance(found, Step):
            self._begins(here)
        return found

    async def _looked_at(self, here: Standpoint, ended: StepFinished) -> Step | Literal["skip"] | None:
        async with self._turn:
            why = None if self._leaving or here.step.implied else self._why_after(here, ended)
            answer: Answer | None = None
            if why is not None:
                # a cancel that comes now takes nothing from how the step came out
                with suppress(asyncio.CancelledError):
                    answer = await self._held(here, why, ended)
            if isinstance(answer, Retry):
                self._failures = {path for path in self._failures if not _is_in(path, here.path)}
                self._depth = "any"
                return self._now.step(here.step, here.place)
            self._open.pop(here.path, None)
            self._depth = "any" if isinstance(answer, Skip) else self._depth
            self._has_arrived = answer is not None and self._depth != "none"
            if isinstance(answer, Skip) and ended.status in _BAD:
                return "skip"
            self._skips = isinstance(answer, Skip)
            return None

    def as_now(self, steps: Steps, place: Place) -> Steps:
        return self._now.steps(steps, place)

    def stands_alone(self, here: Standpoint) -> bool:
        """Say whether no other steps are under way but those that this one is inside of."""
        return all(_is_in(here.path, path) for path in self._open)

    def answers(self, answer: Answer) -> None:
        """Let the run go on; called in its loop."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)

    def leaves(self) -> None:
        """Hold nothing any more: the run is being cancelled."""
        self._leaving = True
        self._loop.go_on()
        self.answers(Leave())

    def _why_before(self, here: Standpoint) -> Why | None:
        if self.interrupted:
            return "interrupt"
        if self._has_arrived:
            return None
        if self._breakpoints.holds(here.step, here.place.flow):
            return "breakpoint"
        if self._is_stepping(here):
            return "step" if self._is_begun else "start"
        return None

    def _why_after(self, here: Standpoint, ended: StepFinished) -> Why | None:
        is_news = not any(_is_in(path, here.path) for path in self._failures)
        if ended.status in _BAD and is_news and self._breakpoints.on_failure:
            self._failures.add(here.path)
            return "failure"
        return "step" if self._is_stepping(here) else None

    def _is_stepping(self, here: Standpoint) -> bool:
        if self._depth == "none":
            return False
        return self._depth == "any" or here.path.count("/") <= self._depth

    async def _held(self, here: Standpoint, why: Why, ended: StepFinished | None) -> Answer:
        self.interrupted = False
        around = sorted((one for path, one in self._open.items() if here.path.startswith(f"{path}/")), key=_depth)
        self._answer = asyncio.get_running_loop().create_future()
        if self._running:
            here.held_while_others_ran()
        self._loop.stand_still()
        self._tell(Held(here, why, ended, tuple(around)))
        try:
            answer = await self._answer
        finally:
            self._answer = None
            self._loop.go_on()
        if isinstance(answer, Go):
            self._depth = answer.depth
        if isinstance(answer, Leave):
            await self._unless_over(here)
        return answer

    async def _unless_over(self, here: Standpoint) -> None:
        """Wait for the cancel that is on its way; teardowns go on."""
        inside = (one for path, one in self._open.items() if _is_in(here.path, path))
        if not any(one.step.phase == "teardown" for one in inside):
            await asyncio.get_running_loop().create_future()


def _is_in(path: str, other: str) -> bool:
    return path == other or path.startswith(f"{other}/")


def _depth(here: Standpoint) -> int:
    return here.path.count("/")
