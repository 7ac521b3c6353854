"""Artifacts in a folder, which several processes may share."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from testmesh_engine.artifacts.store import ArtifactStore

if TYPE_CHECKING:
    from obstore.store import ObjectStore


class FolderStore(ArtifactStore):
    """Keeps a file each, below `executions/`; when one has been put, it is on the disk."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder), self._opened)
        self._folder = folder

    def _opened(self) -> "ObjectStore":
        from obstore.store import LocalStore

        self._folder.mkdir(parents=True, exist_ok=True)
        return LocalStore(self._folder)

    async def remove(self, key: str) -> None:
        """Remove a file, and the execution's folder with its last one."""
        await super().remove(key)
        with suppress(OSError):  # others are in it, or it is gone already
            (self._folder / key).parent.rmdir()

    async def _keep_for_good(self, key: str) -> None:
        await asyncio.to_thread(_flush, self._folder / key)


def _flush(path: Path) -> None:
    for place in (path, path.parent, path.parent.parent):
        number = os.open(place, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
