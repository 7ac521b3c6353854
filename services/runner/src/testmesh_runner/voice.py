"""The voice of one run: gives each event its seq, and knows what has been said of it."""

import asyncio
from dataclasses import dataclass, field

from testmesh_runner.packing import Place
from testmesh_runner.said import Said


@dataclass(slots=True, eq=False)
class Voice:
    """What one run has told, and up to where the stream has it."""

    place: Place
    said: Said
    said_seq: int = 0
    gone: bool = False
    """Nobody hears this run any more: what it tells is let go."""
    closing: bool = False
    """To be forgotten as soon as all is said."""
    all_said: asyncio.Future[None] | None = field(default=None, repr=False)
    """Awaited by who goes on when all is said, or nobody hears it any more."""
    counted: int = field(default=0, repr=False)
    """The bytes in memory that the publisher has counted."""

    def wake_if_said(self) -> None:
        if self.all_said is not None and not self.all_said.done() and (self.gone or not self.has_more):
            self.all_said.set_result(None)

    @property
    def unsaid_bytes(self) -> int:
        return self.said.bytes_after(self.said_seq)

    @property
    def next_seq(self) -> int:
        return self.said.last + 1

    @property
    def has_more(self) -> bool:
        return self.said_seq < self.said.last
