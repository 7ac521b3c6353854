"""Where the files of executions are kept: by ids, never by a name from outside."""

from testmesh_engine.artifacts.bucket import BucketStore, S3Access
from testmesh_engine.artifacts.errors import (
    ArtifactError,
    ArtifactKeyError,
    ArtifactMissingError,
    ArtifactStoreError,
    ArtifactUrlError,
)
from testmesh_engine.artifacts.folder import FolderStore
from testmesh_engine.artifacts.keys import belongs_to, key_of
from testmesh_engine.artifacts.opening import open_store
from testmesh_engine.artifacts.store import ArtifactStore, OpenArtifact, StoredArtifact

__all__ = [
    "ArtifactError",
    "ArtifactKeyError",
    "ArtifactMissingError",
    "ArtifactStore",
    "ArtifactStoreError",
    "ArtifactUrlError",
    "BucketStore",
    "FolderStore",
    "OpenArtifact",
    "S3Access",
    "StoredArtifact",
    "belongs_to",
    "key_of",
    "open_store",
]
