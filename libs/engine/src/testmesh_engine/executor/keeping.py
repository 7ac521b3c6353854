"""The files of one run: masked, named, counted, and put where they are kept."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from testmesh_contracts.ids import uuid7
from testmesh_engine.artifacts import ArtifactError, ArtifactStore, StoredArtifact, key_of
from testmesh_engine.executor.masked_files import masked_file
from testmesh_engine.executor.masking import Mask
from testmesh_engine.executor.masking_streams import masked
from testmesh_sdk import ActionError, Content

MEBI = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ArtifactLimits:
    """What one run may keep; more of it ends a step that attaches it as an error, and stays out of records."""

    each_bytes: int = 100 * MEBI
    all_bytes: int = 1024 * MEBI
    most: int = 10_000


class Keeping:
    """Keeps the files of one run within its limits; what is not kept after all does not count."""

    def __init__(self, store: ArtifactStore, execution_id: str, limits: ArtifactLimits, mask: Mask) -> None:
        self._store = store
        self._execution_id = execution_id
        self._limits = limits
        self._mask = mask
        self._bytes = 0
        self._count = 0

    async def keep(self, name: str, content: Content, content_type: str) -> tuple[UUID, StoredArtifact]:
        """Put a file into the store under an id of its own.

        Raises:
            ActionError: it is too large, or the store does not take it; the message begins with its name.
        """
        counted = _Counted(name)
        artifact_id = uuid7()
        if self._count >= self._limits.most:
            raise _too_much(name, f"the execution has kept {self._limits.most} files, which is the most")
        self._count += 1
        try:
            if isinstance(content, bytes):
                content = await masked_file(self._mask, content, content_type)
                self._admit(counted, len(content))
            else:
                content = self._metered(counted, masked(aiter(content), self._mask))
            return artifact_id, await self._store.put(key_of(self._execution_id, artifact_id), content)
        except BaseException as error:
            self._count -= 1
            self._bytes -= counted.bytes
            if isinstance(error, ArtifactError):
                raise ActionError("TM447", f"the artifact {name!r} could not be kept: {error}") from error
            raise

    async def read(self, storage_path: str) -> bytes:
        """Return a file of this run; raises as the store does."""
        return await self._store.read(storage_path)

    async def forget(self, stored: StoredArtifact) -> None:
        """Remove a file that nobody will be told of."""
        self._count -= 1
        self._bytes -= stored.size_bytes
        await self._store.remove(stored.storage_path)

    async def _metered(self, counted: "_Counted", pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for piece in pieces:
            self._admit(counted, len(piece))
            yield piece

    def _admit(self, counted: "_Counted", more: int) -> None:
        counted.bytes += more
        self._bytes += more
        if counted.bytes > self._limits.each_bytes:
            raise ActionError(
                "TM445",
                f"the artifact {counted.name!r} was not kept: it has more than {self._limits.each_bytes} bytes, the "
                "most that one may have; attach less, or have an operator raise artifact_max_bytes",
            )
        if self._bytes > self._limits.all_bytes:
            raise _too_much(counted.name, f"with it, the execution's have over {self._limits.all_bytes} bytes together")


@dataclass(slots=True)
class _Counted:
    name: str
    bytes: int = 0


def _too_much(name: str, reason: str) -> ActionError:
    return ActionError(
        "TM446",
        f"the artifact {name!r} was not kept: {reason}; attach less, or have an operator raise "
        "execution_artifacts_max_bytes or execution_artifacts_max",
    )
