"""The files that steps left: found by storage's index, given from the artifact store as they are read."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from testmesh_api.byte_ranges import Span
from testmesh_api.errors import ArtifactMissingError, ArtifactsAwayError
from testmesh_api.owners import Owner
from testmesh_api.principals import Principal
from testmesh_contracts.executions import ArtifactView
from testmesh_contracts.queries import ArtifactPlace, GetArtifact
from testmesh_engine import artifacts as stored
from testmesh_engine.artifacts import ArtifactStore, belongs_to

CHANGED = "what the store has under its key is not what the runner put there: it was changed or cut"


@dataclass(frozen=True, slots=True)
class Found:
    """A file of the principal's project, in the store with the size that the index has."""

    view: ArtifactView
    key: str


class Artifacts:
    """Gives files; an index that names what is not a file of an execution is not believed."""

    def __init__(self, storage: Owner, store: ArtifactStore) -> None:
        self._storage = storage
        self._store = store

    async def find(self, principal: Principal, artifact_id: UUID) -> Found:
        """Return a file that is known; whether it is there is seen when it is read.

        Raises:
            FaultError: no execution of the principal's project left it.
            ArtifactMissingError: its key is another's.
        """
        question = GetArtifact(project_id=principal.project_id, artifact_id=artifact_id)
        place = await self._storage.ask(question, ArtifactPlace)
        view = place.artifact
        if not belongs_to(place.storage_path, view.execution_id, view.id, view.sha256):
            raise ArtifactMissingError(view.id, view.name, "the index has a key for it that is none of this file")
        return Found(view, place.storage_path)

    async def look(self, found: Found) -> None:
        """See that a file is there.

        Raises:
            ArtifactMissingError: it is not, or not as it was.
            ArtifactsAwayError: the store does not answer.
        """
        try:
            size = await self._store.size_of(found.key)
        except stored.ArtifactError as error:
            raise _told(found, error) from error
        _assert_whole(found, size)

    async def read(self, found: Found, span: Span | None) -> AsyncIterator[bytes]:
        """Return the bytes of a file as they are read; raises like `look`."""
        try:
            opened = await self._store.open(found.key, *((0, None) if span is None else (span.start, span.end)))
        except stored.ArtifactError as error:
            raise _told(found, error) from error
        _assert_whole(found, opened.size_bytes)
        return opened.pieces


def _assert_whole(found: Found, size: int) -> None:
    if size != found.view.size_bytes:
        raise ArtifactMissingError(found.view.id, found.view.name, CHANGED)


def _told(found: Found, error: stored.ArtifactError) -> Exception:
    view = found.view
    if isinstance(error, stored.ArtifactMissingError):
        return ArtifactMissingError(view.id, view.name, "the store has nothing under its key: it was removed")
    reason = error.reason if isinstance(error, stored.ArtifactStoreError) else str(error)
    return ArtifactsAwayError(view.id, reason)
