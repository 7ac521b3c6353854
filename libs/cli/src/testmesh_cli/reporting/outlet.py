"""Standard output and standard error as a command needs them: a full disk breaks no run."""

import os
import sys
from pathlib import Path
from typing import Any, TextIO, cast


class Outlet:
    """A stream that takes all. From the first failure on it goes on in silence, and knows why.

    A run then ends as it would, with its teardowns; who made the outlet asks for `failure` when all is over.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.failure: OSError | None = None

    def write(self, text: str) -> int:
        if self.failure is None:
            try:
                return self._stream.write(text)
            except OSError as error:
                self.failure = error
        return len(text)

    def flush(self) -> None:
        if self.failure is None:
            try:
                self._stream.flush()
            except OSError as error:
                self.failure = error

    def close_for_good(self) -> None:
        """Flush; after a failure also see to it that the interpreter's own flush at exit does not complain."""
        self.flush()
        if self.failure is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def installed() -> tuple[Outlet, Outlet]:
    """Put outlets in the places of the process's own streams, and return those of output and error."""
    out, err = Outlet(_there(sys.stdout)), Outlet(_there(sys.stderr))
    sys.stdout, sys.stderr = cast(TextIO, out), cast(TextIO, err)
    return out, err


def _there(stream: TextIO | None) -> TextIO:
    """Return the stream; a closed one is None to Python, and is as good as nowhere."""
    return Path(os.devnull).open("w", encoding="utf-8") if stream is None else stream
