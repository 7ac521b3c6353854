"""The log files of the processes, one each in <data>/logs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

LARGEST = 20 * 1024 * 1024
TAIL_LINES = 15
TAIL_BYTES = 8192


def log_file(data: Path, name: str) -> Path:
    return data / "logs" / f"{name}.log"


@contextmanager
def opened_log(path: Path, headline: str) -> Iterator[int]:
    """The file to append to, as a descriptor that a child may inherit; each start is headed by a line.

    Children write to it themselves: their last words are kept even when nobody is left to read a pipe.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LARGEST:
        path.replace(path.with_suffix(".log.1"))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, f"--- {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {headline}\n".encode())
        yield descriptor
    finally:
        os.close(descriptor)


def tail(path: Path) -> str:
    """The last lines of a log since the newest start, for an error message."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - TAIL_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    heads = [number for number, line in enumerate(lines) if line.startswith("--- ")]
    return "\n".join(lines[heads[-1] + 1 if heads else 0 :][-TAIL_LINES:])
