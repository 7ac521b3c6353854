"""What came over a connection, in its order: nothing is lost before it is asked for, and no more is kept than fits."""

import asyncio
import base64
import json
from dataclasses import dataclass, field
from typing import Any, NoReturn

MOST_KEPT = 10_000
MOST_KEPT_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Message:
    """A message: `data` is JSON where it parses, else text, else base64."""

    data: Any
    kind: str
    size_bytes: int
    number: int
    """From 1, over the connection's life."""

    @property
    def frame(self) -> dict[str, Any]:
        return {"type": self.kind, "size_bytes": self.size_bytes, "number": self.number}


@dataclass(slots=True)
class Inbox:
    """Messages that no `expect` took yet, and those that no step's result has shown yet."""

    waiting: list[Message] = field(default_factory=list)
    unshown: list[Message] = field(default_factory=list)
    received: int = 0
    size_bytes: int = 0
    ended: str | None = None
    """Why no more messages come."""
    news: asyncio.Event = field(default_factory=asyncio.Event)
    """Set, and replaced, whenever there is something new."""

    @property
    def is_full(self) -> bool:
        return len(self.waiting) > MOST_KEPT or len(self.unshown) > MOST_KEPT or self.size_bytes > MOST_KEPT_BYTES

    def add(self, raw: str | bytes) -> None:
        self.received += 1
        message = read_message(raw, self.received)
        self.waiting.append(message)
        self.unshown.append(message)
        self.size_bytes += message.size_bytes
        self.tell()

    def end(self, why: str) -> None:
        self.ended = why
        self.tell()

    def tell(self) -> None:
        news, self.news = self.news, asyncio.Event()
        news.set()

    def take(self, message: Message) -> None:
        self.waiting.remove(message)
        self._weigh()

    def show(self) -> list[Message]:
        """Return what came since this was asked last."""
        shown, self.unshown = self.unshown, []
        self._weigh()
        return shown

    def _weigh(self) -> None:
        kept = {message.number: message.size_bytes for message in (*self.waiting, *self.unshown)}
        self.size_bytes = sum(kept.values())


def read_message(raw: str | bytes, number: int) -> Message:
    if isinstance(raw, bytes):
        return Message(base64.b64encode(raw).decode(), "binary", len(raw), number)
    return Message(_parsed(raw), "text", len(raw.encode("utf-8", "replace")), number)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")
