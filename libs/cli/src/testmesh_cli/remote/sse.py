"""The text of server-sent events, read as the WHATWG's HTML standard says, whatever the pieces it comes in."""

import codecs
from collections.abc import Iterator
from typing import NamedTuple

LONGEST_EVENT = 32 * 1024 * 1024
"""Characters; a feed's entry has 256 KiB, what is far over that is no feed."""


class EventTooLongError(Exception):
    """One event is longer than any that a server says."""


class SseEvent(NamedTuple):
    """An event: its name, its data, and the last id that the stream gave up to it."""

    name: str
    data: str
    id: str


class SseReader:
    """Turns pieces of bytes into events; a piece may end anywhere, in the middle of a character too."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._begun = False
        self._after_return = False
        self._rest: list[str] = []
        self._size = 0
        self._name = ""
        self._data: list[str] = []
        self._id = ""

    def feed(self, piece: bytes) -> Iterator[SseEvent]:
        """Yield the events that this piece completes.

        Raises:
            EventTooLongError: no end of an event is seen within its bounds.
        """
        for line in self._lines(self._decoder.decode(piece)):
            if line:
                self._field(line)
            elif (event := self._ended()) is not None:
                yield event

    def _lines(self, text: str) -> Iterator[str]:
        """Cut at CRLF, LF and CR; a CR ends its line at once, an LF that follows in the next piece is of it."""
        if not text:
            return
        if not self._begun:
            self._begun = True
            text = text.removeprefix("\ufeff")
        if self._after_return and text.startswith("\n"):
            text = text[1:]
        if text:
            self._after_return = text.endswith("\r")
        elif self._after_return:
            self._after_return = False
        *whole, rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for line in whole:
            self._rest.append(line)
            yield "".join(self._rest)
            self._rest.clear()
        self._rest.append(rest)
        self._weigh(len(rest) if whole else self._size + len(rest))

    def _weigh(self, size: int) -> None:
        self._size = size
        if size + sum(map(len, self._data)) > LONGEST_EVENT:
            raise EventTooLongError(f"an event of more than {LONGEST_EVENT} characters")

    def _field(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._name = value
        elif name == "id" and "\0" not in value:
            self._id = value
        # A comment has an empty name; `retry` is for browsers, this client has pauses of its own.

    def _ended(self) -> SseEvent | None:
        name, data = self._name, self._data
        self._name, self._data = "", []
        return SseEvent(name or "message", "\n".join(data), self._id) if data else None
