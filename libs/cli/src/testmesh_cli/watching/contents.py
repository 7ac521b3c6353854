"""What files hold, by digest: a file that was saved without a change is none that changed."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

Digest = str | None
"""None for a file that is not there, or cannot be read."""
Stamp = tuple[int, int, int]


class Contents:
    """Reads a file again only where its size, its time or the file itself is another."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[Stamp, Digest]] = {}

    def of(self, paths: Iterable[Path]) -> dict[Path, Digest]:
        return {path: self._digest(path) for path in paths}

    def _digest(self, path: Path) -> Digest:
        try:
            found = path.stat()
            stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
            known = self._known.get(path)
            if known is not None and known[0] == stamp:
                return known[1]
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError:
            self._known.pop(path, None)
            return None
        self._known[path] = (stamp, digest)
        return digest
