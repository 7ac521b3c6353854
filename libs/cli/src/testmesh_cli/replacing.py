"""Files that are replaced whole: written beside their place, then put there at once."""

import os
import secrets
from contextlib import suppress
from pathlib import Path


def replace_file(path: Path, data: bytes, *, private: bool = False, durable: bool = False) -> None:
    """Put a file in its place, which need not be there; whoever reads meanwhile sees the old or the new one, whole.

    Args:
        path: The place; its folder is made. What it leads to keeps its permissions.
        data: All of the file.
        private: Whether it is for its owner alone, whatever was there.
        durable: Whether it outlives a machine that goes down right afterwards.

    Raises:
        OSError: it cannot be written; what was there is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".testmesh-{secrets.token_hex(8)}.part")
    try:
        number = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666)
        with os.fdopen(number, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        if not private:
            with suppress(FileNotFoundError):
                part.chmod(path.stat().st_mode & 0o777)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
