"""Sources too large for a message: in the shared folder of artifacts, under their digest."""

import asyncio
import os
import tempfile
from pathlib import Path

from testmesh_contracts.executions import INLINE_BODY_BYTES, FlowBody


class FlowBodies:
    """Puts large sources where runners find them; a file is there whole, or not at all."""

    def __init__(self, artifacts: Path) -> None:
        self._folder = artifacts / "flows"

    async def body_of(self, digest: str, source: str) -> FlowBody:
        """Return the body as messages carry it; when this returns, a large one is in the folder."""
        data = source.encode()
        if len(data) <= INLINE_BODY_BYTES:
            return FlowBody(digest=digest, source=source)
        await asyncio.to_thread(self._keep, digest, data)
        return FlowBody(digest=digest)

    def _keep(self, digest: str, data: bytes) -> None:
        path = self._folder / digest
        if path.is_file() and path.stat().st_size == len(data):
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(dir=self._folder, prefix=".part-")
        part = Path(name)
        try:
            with os.fdopen(number, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.chmod(0o644)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
