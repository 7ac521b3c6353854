"""Lines on disk: what a run said beyond what memory should hold. The file has no name, so a crash leaves none."""

import tempfile
from array import array
from pathlib import Path


class Spool:
    """Keeps lines by their number, from 0."""

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder, prefix="testmesh-events-")  # noqa: SIM115 - closed with its run
        self._ends = array("Q")

    def __len__(self) -> int:
        return len(self._ends)

    def append(self, line: bytes) -> None:
        end = self._ends[-1] if self._ends else 0
        self._file.seek(end)
        self._file.write(line)
        self._file.flush()
        self._ends.append(end + len(line))

    def read(self, number: int) -> bytes:
        start = self._ends[number - 1] if number else 0
        self._file.seek(start)
        return self._file.read(self._ends[number] - start)

    def close(self) -> None:
        self._file.close()
