"""Under which egress the code that runs now connects; tasks that it starts inherit it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from testmesh_engine.egress.errors import EgressRefusedError, UnguardedLoopError
from testmesh_sdk import Egress, OpenEgress

if TYPE_CHECKING:
    from testmesh_engine.egress.policed import PolicedEgress


class Passage:
    """One attempt's way out. `refusal` is the last that was refused, however a library words it then."""

    __slots__ = ("egress", "refusal")

    def __init__(self, egress: "PolicedEgress | None") -> None:
        self.egress = egress
        self.refusal: EgressRefusedError | None = None


_OPEN = Passage(None)
_passage: ContextVar[Passage] = ContextVar("testmesh_egress", default=_OPEN)


def current() -> Passage:
    return _passage.get()


@contextmanager
def guarded(egress: Egress) -> Iterator[Passage]:
    """Hold all that connects in this block, and in tasks that are started in it, to an egress.

    Raises:
        UnguardedLoopError: the running loop would not ask.
    """
    passage = _OPEN if isinstance(egress, OpenEgress) else Passage(_policed(egress))
    token = _passage.set(passage)
    try:
        yield passage
    finally:
        _passage.reset(token)


@contextmanager
def unguarded() -> Iterator[None]:
    """Let the platform's own work in this block, and tasks that it starts, connect as it always does."""
    token = _passage.set(_OPEN)
    try:
        yield
    finally:
        _passage.reset(token)


def assert_guarded(egress: Egress) -> None:
    """Return if the running loop holds actions to the egress.

    Raises:
        UnguardedLoopError: it would not ask.
    """
    if not isinstance(egress, OpenEgress):
        _policed(egress)


def _policed(egress: Egress) -> "PolicedEgress":
    from testmesh_engine.egress.guard import EgressGuard
    from testmesh_engine.egress.policed import PolicedEgress

    loop = asyncio.get_running_loop()
    if not isinstance(egress, PolicedEgress) or not isinstance(loop, EgressGuard):
        raise UnguardedLoopError(type(loop).__name__)
    return egress
