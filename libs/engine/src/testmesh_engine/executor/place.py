"""Where steps stand in a run: inside which step, in which pass of it, under which names, stopped by what."""

import asyncio
from collections.abc import Iterator
from typing import NamedTuple

from testmesh_engine.executor.interruption import STOPPED, Interruption
from testmesh_engine.executor.scope import Scope
from testmesh_engine.language.models import Flow


class Stop:
    """Why the steps of one region are cut off: for the reason of what surrounds it, or for its own."""

    __slots__ = ("clock", "late", "own", "parent", "unwind_until", "unwinding")

    def __init__(self, parent: "Stop | None" = None) -> None:
        self.parent = parent
        self.own: Interruption | None = None
        self.clock: asyncio.Timeout | None = None
        self.late: Interruption | None = None
        """The reason while `clock` has run out."""
        self.unwinding = 0
        """How many flows inside this region were cut off and are at their teardown."""
        self.unwind_until: float | None = None
        """When all teardowns of flows inside have had their time, after this region was cut off."""

    def source(self) -> "Stop | None":
        """Return the outermost region that is cut off, if one is."""
        outer = self.parent.source() if self.parent is not None else None
        if outer is not None:
            return outer
        return self if self.own is not None or (self.clock is not None and self.clock.expired()) else None

    @property
    def why(self) -> Interruption:
        source = self.source()
        return (source and (source.own or source.late)) or STOPPED

    def around(self) -> "Iterator[Stop]":
        """Yield the regions that this one is in."""
        if self.parent is not None:
            yield self.parent
            yield from self.parent.around()


class Place(NamedTuple):
    """What the steps of one list have in common, and what makes their keys unique in the run."""

    flow: Flow
    scope: Scope
    stop: Stop
    parent: str | None = None
    """Path of the step that these steps are in."""
    iteration: int | None = None
    attempt: int = 1
    """Of the step that these steps are in."""

    def path_of(self, step_id: str) -> str:
        """Return `PARENT/ID[ITERATION]@ATTEMPT`, each part only where there is one; the first attempt has none."""
        path = step_id if self.parent is None else f"{self.parent}/{step_id}"
        if self.iteration is not None:
            path = f"{path}[{self.iteration}]"
        return path if self.attempt == 1 else f"{path}@{self.attempt}"

    def inside(self, parent: str, *, scope: Scope | None = None, stop: Stop | None = None, attempt: int = 1) -> "Place":
        """Return the place of the steps inside one of these steps."""
        return Place(self.flow, scope or self.scope, stop or self.stop, parent, None, attempt)

    def passing(self, iteration: int, scope: Scope) -> "Place":
        """Return the place of the same steps in one pass of their loop."""
        return Place(self.flow, scope, self.stop, self.parent, iteration, self.attempt)

    def under(self, scope: Scope) -> "Place":
        """Return the same place with other names in scope."""
        return Place(self.flow, scope, self.stop, self.parent, self.iteration, self.attempt)
