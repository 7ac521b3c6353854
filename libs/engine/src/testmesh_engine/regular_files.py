"""Files that a flow names, read so that it comes to an end: none is a pipe or a device, none is too large."""

import stat
from pathlib import Path


class TooManyBytesError(OSError):
    """A file is larger than what is read of one."""

    def __init__(self, most: int) -> None:
        self.most = most
        super().__init__(f"it has more than {most} bytes")


def read_regular(path: Path, most: int) -> bytes:
    """Return the content of a file.

    Raises:
        OSError: it cannot be read, or may never come to an end.
        TooManyBytesError: it has more than so many bytes.
    """
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError("it is a pipe, a device or a socket; name a regular file")
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise TooManyBytesError(most)
    return data
