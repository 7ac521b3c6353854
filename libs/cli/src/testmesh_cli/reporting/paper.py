"""Where lines go: a pipe gets plain text, a terminal gets colours and a line that says what runs now."""

import errno
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import IO, TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status
    from rich.text import Text

READER_GONE = (errno.EPIPE, errno.EIO)
"""What a pipe says whose other end is closed, and a terminal that was."""
NARROWEST = 40
"""Columns of a terminal; on a narrower one it is left to the terminal to break lines."""
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Span(NamedTuple):
    """A part of a line, and how it looks where there are looks."""

    text: str
    style: str = ""


Line = list[Span]


def visible(text: str) -> str:
    """Escape what would steer a terminal: a tested system's words are shown, never obeyed."""
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def wants_colour(stream: IO[str], environment: Mapping[str, str]) -> bool:
    return stream.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


def wants_live(environment: Mapping[str, str]) -> bool:
    """Say whether somebody looks on: a log that is kept has no use for words that vanish."""
    return not environment.get("CI") and not environment.get("GITHUB_ACTIONS")


class Paper:
    """Takes lines. When its reader has gone away it goes on in silence, so that a run still ends as it would."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._gone = False
        self._console: Console | None = None
        self._status: Status | None = None
        if wants_colour(stream, os.environ):
            self._console = _console(stream)
        self.is_live = self._console is not None and wants_live(os.environ)

    @property
    def width(self) -> int | None:
        """Return how many columns a terminal has; None where lines may be as long as they are."""
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or None
        except (OSError, ValueError):
            # No terminal: a pipe, a file, or nothing that is open.
            return None

    def write(self, *lines: Line) -> None:
        """Write lines; several at once are handed on together."""
        if self._gone:
            return
        try:
            for part in self._laid_out(lines):
                self._put(part)
            if self._console is None:
                self._stream.flush()
        except OSError as error:
            if error.errno not in READER_GONE:
                raise
            self._gone = True

    def _laid_out(self, lines: Sequence[Line]) -> Sequence[Line]:
        width = self.width
        if width is None:
            return lines
        from testmesh_cli.reporting.layout import folded

        return [part for line in lines for part in folded(line, max(width, NARROWEST))]

    def _put(self, line: Line) -> None:
        if self._console is None:
            self._stream.write("".join(span.text for span in line).rstrip() + "\n")
            return
        from rich.text import Text

        self._console.print(Text.assemble(*((span.text, span.style) for span in line)), soft_wrap=True)

    def shows(self, doing: Callable[[], str]) -> None:
        """Say on a terminal what is going on, asked anew as time goes by; the words vanish again."""
        if self._console is None or not self.is_live or self._status is not None or self._gone:
            return
        self._status = self._console.status(_Doing(doing))
        self._status.start()

    def rests(self) -> None:
        """Take away what `shows` left on the terminal."""
        status, self._status = self._status, None
        if status is None:
            return
        try:
            status.stop()
        except OSError as error:
            if error.errno not in READER_GONE:
                raise
            self._gone = True


class _Doing:
    """Words that are one line, however narrow the terminal is."""

    def __init__(self, doing: Callable[[], str]) -> None:
        self._doing = doing

    def __rich__(self) -> "Text":
        from rich.text import Text

        return Text(visible(self._doing()), no_wrap=True, overflow="ellipsis")


def _console(stream: IO[str]) -> "Console":
    from rich.console import Console

    return Console(file=stream, highlight=False, markup=False, emoji=False)


def standard_output() -> Paper:
    return Paper(sys.stdout)


def standard_error() -> Paper:
    return Paper(sys.stderr)


def remark_line(words: str) -> Line:
    """Return a word of the command itself, for standard error."""
    return [Span(f"testmesh: {words}", "yellow" if sys.stderr.isatty() else "")]
