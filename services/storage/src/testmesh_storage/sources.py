"""Sources of flows in the artifact store, by digest: for those too large to travel inside a message."""

import asyncio
import os
import tempfile
from hashlib import sha256
from pathlib import Path

from testmesh_contracts.executions import INLINE_BODY_BYTES, INLINE_CALLED_BYTES, FlowBody

INLINE_ANSWER_BYTES = 2 * 1024 * 1024
"""What one answer carries inline; its further flows go by digest, whatever their size."""


class Sources:
    """The folder `flows` of the artifact store: one file a source, named by its SHA-256, never changed."""

    def __init__(self, artifacts: Path) -> None:
        self._folder = artifacts / "flows"

    async def keep_large(self, source: str) -> None:
        """Keep a source that does not travel inline."""
        if len(data := source.encode()) > INLINE_BODY_BYTES:
            await self.keep(sha256(data).hexdigest(), source)

    async def keep(self, digest: str, source: str) -> None:
        """Keep a source; it is there whole or not at all."""
        await asyncio.to_thread(self._write, digest, source.encode())

    def _write(self, digest: str, source: bytes) -> None:
        place = self._folder / digest
        if place.exists():
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=self._folder, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(source)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(0o644)
            Path(temporary).replace(place)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


class Bodies:
    """The bodies of one answer, or of a part of it: inline as long as there is room, in the whole as in the part."""

    def __init__(self, sources: Sources, room: int = INLINE_ANSWER_BYTES, whole: "Bodies | None" = None) -> None:
        self._sources = sources
        self._room = room
        self._whole = whole

    def called(self) -> "Bodies":
        """Return the bodies of the flows that one execution calls: all of them fit in its request."""
        return Bodies(self._sources, INLINE_CALLED_BYTES, self)

    async def body(self, digest: str, source: str) -> FlowBody:
        """Return a body that its reader can resolve."""
        if self._takes(len(source.encode())):
            return FlowBody(digest=digest, source=source)
        await self._sources.keep(digest, source)
        return FlowBody(digest=digest)

    def _takes(self, size: int) -> bool:
        if size > min(INLINE_BODY_BYTES, self._room) or (self._whole is not None and not self._whole._takes(size)):
            return False
        self._room -= size
        return True
