"""Keys of artifacts: made of ids alone, never of a name that a flow or a tested system gave."""

import re
from uuid import UUID

from testmesh_engine.artifacts.errors import ArtifactKeyError

FOLDER = "executions"
_ID = r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}"
_KEY = re.compile(rf"{FOLDER}/{_ID}/{_ID}", re.ASCII)
_OF_OLD = re.compile(r"([0-9a-f]{2})/\1[0-9a-f]{62}", re.ASCII)
"""What releases before this one gave: the digest of the content."""


def key_of(execution_id: str | UUID, artifact_id: UUID) -> str:
    """Return where an execution's artifact is kept; nobody guesses it, 74 bits of the artifact's id are random.

    Raises:
        ArtifactKeyError: the execution's id is none that could stand in a key.
    """
    return checked(f"{FOLDER}/{execution_id}/{artifact_id}")


def checked(key: str) -> str:
    """Return a key that may be used.

    Raises:
        ArtifactKeyError: it is none, and so might be a path.
    """
    if not (_KEY.fullmatch(key) or _OF_OLD.fullmatch(key)):
        raise ArtifactKeyError(key)
    return key


def belongs_to(key: str, execution_id: UUID, artifact_id: UUID, sha256: str) -> bool:
    """Say whether a key is that of an artifact, and not of something else that is kept in the same place."""
    return key in (key_of(execution_id, artifact_id), f"{sha256[:2]}/{sha256}")
