"""An entry that was read: its message, its place."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from testmesh_contracts import Entry, Message

M_co = TypeVar("M_co", bound=Message, covariant=True)


@dataclass(frozen=True, slots=True)
class Received(Generic[M_co]):
    """A message with the entry that carried it."""

    message: M_co
    entry: Entry
    entry_id: str


BatchHandler = Callable[[Sequence[Received[Any]]], Awaitable[None]]
QuestionHandler = Callable[[Any], Awaitable[Any]]
