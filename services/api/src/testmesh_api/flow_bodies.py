"""Sources too large for a message, and files: in the shared folder of artifacts, under their digest."""

import asyncio
import os
import tempfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from testmesh_contracts.executions import INLINE_BODY_BYTES, FlowBody, upload_file_name
from testmesh_contracts.flows import FileBody

READABLE = 0o644
OWN = 0o640
"""What steps sent and received is for the services alone."""


class FlowBodies:
    """Puts large sources, and what flows name, where runners find them; a file is there whole, or not at all."""

    def __init__(self, artifacts: Path) -> None:
        self._flows = artifacts / "flows"
        self._files = artifacts / "files"
        self._uploads = artifacts / "uploads"

    async def body_of(self, digest: str, source: str, most: int = INLINE_BODY_BYTES) -> FlowBody:
        """Return the body as messages carry it; when this returns, a large one is in the folder."""
        data = source.encode()
        if len(data) <= most:
            return FlowBody(digest=digest, source=source)
        await asyncio.to_thread(self._keep, self._flows, digest, data)
        return FlowBody(digest=digest)

    async def keep_files(self, files: Mapping[str, bytes]) -> dict[str, FileBody]:
        """Put contents into the folder, and return by the same keys where they are."""
        return {path: await asyncio.to_thread(self._keep_file, data) for path, data in files.items()}

    async def keep_source(self, digest: str, source: str) -> None:
        """Put a source into the folder, whatever its size."""
        await asyncio.to_thread(self._keep, self._flows, digest, source.encode())

    async def keep_upload(self, execution_id: UUID, data: bytes) -> None:
        """Put the events of an uploaded result where storage finds them, which removes them when they are rows."""
        name = upload_file_name(execution_id, sha256(data).hexdigest())
        await asyncio.to_thread(self._keep, self._uploads, name, data, OWN)

    async def drop_upload(self, execution_id: UUID, data: bytes) -> None:
        """Remove the events of an uploaded result that is not taken after all."""
        path = self._uploads / upload_file_name(execution_id, sha256(data).hexdigest())
        await asyncio.to_thread(path.unlink, missing_ok=True)

    def _keep_file(self, data: bytes) -> FileBody:
        digest = sha256(data).hexdigest()
        self._keep(self._files, digest, data)
        return FileBody(digest=digest, size_bytes=len(data))

    def _keep(self, folder: Path, digest: str, data: bytes, mode: int = READABLE) -> None:
        path = folder / digest
        if path.is_file() and path.stat().st_size == len(data):
            return
        folder.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(dir=folder, prefix=".part-")
        part = Path(name)
        try:
            with os.fdopen(number, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.chmod(mode)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
