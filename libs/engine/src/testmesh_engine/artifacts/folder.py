"""Artifacts in a folder: a file each, whole or absent."""

import asyncio
import hashlib
import os
import tempfile
from pathlib import Path

from testmesh_engine.artifacts.store import ArtifactMissingError, StoredArtifact, storage_path


class FolderStore:
    """Keeps artifacts below a folder that several processes may share.

    A file is written beside its place, flushed to the disk and then renamed, so that no reader and no crash
    ever leaves half of one under its digest.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, data: bytes) -> StoredArtifact:
        return await asyncio.to_thread(self._put, data)

    async def read(self, sha256: str) -> bytes:
        path = self.path_of(sha256)
        try:
            return await asyncio.to_thread(path.read_bytes)
        except FileNotFoundError as error:
            raise ArtifactMissingError(sha256, str(self._folder)) from error

    async def has(self, sha256: str) -> bool:
        return await asyncio.to_thread(self.path_of(sha256).is_file)

    def path_of(self, sha256: str) -> Path:
        """Return the file of a digest, to send it without reading it into memory.

        Raises:
            DigestInvalidError: the key is no digest.
        """
        return self._folder / storage_path(sha256)

    def _put(self, data: bytes) -> StoredArtifact:
        digest = hashlib.sha256(data).hexdigest()
        path = self.path_of(digest)
        if not path.is_file() or path.stat().st_size != len(data):
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, data)
        return StoredArtifact(digest, len(data), storage_path(digest))


def _write(path: Path, data: bytes) -> None:
    number, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    part = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
