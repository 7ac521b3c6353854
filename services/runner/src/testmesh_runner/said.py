"""What was told of one run, kept so that it can be said again: in memory up to a bound, then in a file."""

from array import array
from collections.abc import Iterator
from pathlib import Path

import structlog

from testmesh_runner.spool import Spool

MEMORY_BYTES = 8 * 1024 * 1024

_log = structlog.get_logger(__name__)


class Said:
    """Encoded events of one run by their seq, without holes, from `first` on."""

    def __init__(self, folder: Path, *, first: int = 1, memory_bytes: int = MEMORY_BYTES) -> None:
        self.first = first
        self._folder = folder
        self._room = memory_bytes
        self._lines: list[bytes] = []
        self._ends = array("Q")
        self._spool: Spool | None = None
        self._spool_refused = False
        self.bytes_in_memory = 0

    @property
    def last(self) -> int:
        """Seq of the newest event; `first` - 1 where there is none."""
        return self.first + len(self._ends) - 1

    def append(self, line: bytes) -> None:
        self._ends.append((self._ends[-1] if self._ends else 0) + len(line))
        if self._spool is None and (self._spool_refused or self.bytes_in_memory + len(line) <= self._room):
            self._remember(line)
        else:
            self._write(line)

    def bytes_after(self, seq: int) -> int:
        """Return the size of all events after a seq."""
        if not self._ends or seq >= self.last:
            return 0
        before = self._ends[seq - self.first] if seq >= self.first else 0
        return self._ends[-1] - before

    def read(self, after: int, most_bytes: int) -> Iterator[bytes]:
        """Give the events after a seq, in order, until their bytes exceed `most_bytes`."""
        size = 0
        for index in range(max(after + 1, self.first) - self.first, len(self._ends)):
            if size > most_bytes:
                return
            line = self._line(index)
            size += len(line)
            yield line

    def close(self) -> None:
        if self._spool is not None:
            self._spool.close()

    def _line(self, index: int) -> bytes:
        if index < len(self._lines):
            return self._lines[index]
        assert self._spool is not None
        return self._spool.read(index - len(self._lines))

    def _remember(self, line: bytes) -> None:
        self._lines.append(line)
        self.bytes_in_memory += len(line)

    def _write(self, line: bytes) -> None:
        """Spill to the file. A disk that is full from the start costs memory, not events."""
        if self._spool is None:
            try:
                self._spool = Spool(self._folder)
                self._spool.append(line)
            except OSError as error:
                _log.warning("events not spooled, kept in memory", folder=str(self._folder), error=str(error))
                self._spool, self._spool_refused = None, True
                self._remember(line)
        else:
            self._spool.append(line)
