"""Events of uploads that are too large for an entry: files of the artifact store, one event a line."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import structlog
from pydantic import TypeAdapter

from testmesh_contracts.events import Event
from testmesh_contracts.executions import ExecutionUploaded, upload_file_name
from testmesh_storage.errors import UploadFileMissingError

LOT = 500

_event: TypeAdapter[Any] = TypeAdapter(Event)
_log = structlog.get_logger(__name__)


class UploadFiles:
    """The folder `uploads` of the artifact store: put there by the api, removed when they have become rows."""

    def __init__(self, artifacts: Path) -> None:
        self._folder = artifacts / "uploads"

    async def lots(self, upload: ExecutionUploaded) -> AsyncIterator[list[Any]]:
        """Yield the events of an upload, some hundred at a time.

        Raises:
            UploadFileMissingError: they are in a file, and it is not there.
        """
        if upload.file is None:
            yield upload.events
            return
        try:
            file = await asyncio.to_thread(self._path(upload).open, "rb")
        except FileNotFoundError as error:
            raise UploadFileMissingError(upload.execution_id, upload.file.digest) from error
        with file:
            while lot := await asyncio.to_thread(_read, file):
                yield lot

    def remove(self, uploads: Sequence[ExecutionUploaded]) -> None:
        """Forget files whose events have become rows; one that stays does no harm."""
        for upload in uploads:
            if upload.file is None:
                continue
            try:
                self._path(upload).unlink(missing_ok=True)
            except OSError as error:
                _log.warning("file of an upload not removed", execution_id=str(upload.execution_id), error=str(error))

    def _path(self, upload: ExecutionUploaded) -> Path:
        assert upload.file is not None
        return self._folder / upload_file_name(upload.execution_id, upload.file.digest)


def _read(file: BinaryIO) -> list[Any]:
    return [_event.validate_json(line) for line in islice(file, LOT)]
