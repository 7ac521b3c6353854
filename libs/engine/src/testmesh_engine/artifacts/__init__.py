"""Where the files of executions and the bodies of flows are kept: by digest, never by a name from outside."""

from testmesh_engine.artifacts.folder import FolderStore
from testmesh_engine.artifacts.store import (
    ArtifactMissingError,
    ArtifactStore,
    DigestInvalidError,
    StoredArtifact,
    storage_path,
)

__all__ = [
    "ArtifactMissingError",
    "ArtifactStore",
    "DigestInvalidError",
    "FolderStore",
    "StoredArtifact",
    "storage_path",
]
