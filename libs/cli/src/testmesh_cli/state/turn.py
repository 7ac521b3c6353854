"""One run at a time reads and writes what runs leave to one another; the kernel takes the turn from one that dies."""

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from testmesh_cli.state.kept import KeptError

NAME = "lock"
LONGEST_S = 10.0
_A_MOMENT_S = 0.02
_NOT_FOR_LOCKS = frozenset((errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS))


@contextmanager
def turn(folder: Path) -> Iterator[None]:
    """Wait until no other run changes the state in a folder; where a file system knows no locks, go on without.

    Raises:
        KeptError: another holds it for long, or there can be no lock.
    """
    path = folder / NAME
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise KeptError(f"{path} cannot be opened: {error.strerror or error}") from error
    try:
        _take(descriptor, path)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, path: Path) -> None:
    end = time.monotonic() + LONGEST_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > end:
                raise KeptError(f"{path} is held by another run for more than {LONGEST_S:.0f} s") from error
            time.sleep(_A_MOMENT_S)
        except OSError as error:
            if error.errno not in _NOT_FOR_LOCKS:
                raise KeptError(f"{path} cannot be locked: {error.strerror or error}") from error
            return
        else:
            return
