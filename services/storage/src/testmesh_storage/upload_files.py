"""Events of uploads that are too large for an entry: files of the artifact store, one event a line."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

import structlog
from pydantic import TypeAdapter

from testmesh_contracts.events import Event
from testmesh_contracts.executions import ExecutionUploaded, upload_file_name
from testmesh_storage.errors import UploadFileMissingError
from testmesh_storage.folding.clock import Clock, now

LOT = 500

_event: TypeAdapter[Any] = TypeAdapter(Event)
_log = structlog.get_logger(__name__)


class UploadFiles:
    """The folder `uploads` of the artifact store: put there by the api, removed when they have become rows."""

    def __init__(self, artifacts: Path, patience_s: float, clock: Clock = now) -> None:
        self._folder = artifacts / "uploads"
        self._patience = timedelta(seconds=patience_s)
        self._clock = clock
        self._away: dict[UUID, datetime] = {}
        """Since when the file of an upload could not be read."""

    async def lots(self, upload: ExecutionUploaded) -> AsyncIterator[list[Any]]:
        """Yield the events of an upload, some hundred at a time.

        Raises:
            OSError: their file cannot be read; for a while that is an outage, as of any server.
            UploadFileMissingError: it has not been there for all that while.
        """
        if upload.file is None:
            yield upload.events
            return
        try:
            with await asyncio.to_thread(self._path(upload).open, "rb") as file:
                while lot := await asyncio.to_thread(_read, file):
                    yield lot
        except OSError as error:
            if self._clock() - self._away.setdefault(upload.execution_id, self._clock()) < self._patience:
                raise
            del self._away[upload.execution_id]
            raise UploadFileMissingError(upload.execution_id, upload.file.digest, str(error)) from error

    def remove(self, uploads: Sequence[ExecutionUploaded]) -> None:
        """Forget files whose events have become rows; one that stays does no harm."""
        for upload in uploads:
            self._away.pop(upload.execution_id, None)
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
