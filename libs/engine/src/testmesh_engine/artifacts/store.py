"""What a store of artifacts promises, whatever it is made of.

ValueError / LookupError
├── DigestInvalidError     not a SHA-256 in hexadecimal
└── ArtifactMissingError   nothing is kept under this digest
"""

import re
from dataclasses import dataclass
from typing import Protocol

_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class StoredArtifact:
    """What was kept. Its key is the SHA-256 of its bytes, so that equal ones are kept once."""

    sha256: str
    size_bytes: int
    storage_path: str


class DigestInvalidError(ValueError):
    """A key that is no SHA-256; it was used for nothing."""

    code = "digest_invalid"

    def __init__(self, digest: str) -> None:
        super().__init__(f"{digest[:80]!r} is not a SHA-256 in lower case hexadecimal")


class ArtifactMissingError(LookupError):
    """Nothing is kept under a digest: it was never stored, or its retention has passed."""

    code = "artifact_missing"

    def __init__(self, digest: str, place: str) -> None:
        super().__init__(f"no artifact {digest} in {place}: never stored there, or already removed")
        self.digest = digest


class ArtifactStore(Protocol):
    """Keeps bytes by their digest."""

    async def put(self, data: bytes) -> StoredArtifact:
        """Keep bytes; when this returns, they are there in whole. Storing the same again is harmless."""
        ...

    async def read(self, sha256: str) -> bytes:
        """Return the bytes of a digest.

        Raises:
            DigestInvalidError: the key is no digest.
            ArtifactMissingError: nothing is kept under it.
        """
        ...

    async def has(self, sha256: str) -> bool:
        """Say whether bytes are kept under a digest."""
        ...


def storage_path(sha256: str) -> str:
    """Return where in a store a digest's bytes are: `ab/abcd…`.

    Raises:
        DigestInvalidError: the key is no digest, and so might be a path.
    """
    if not _DIGEST.fullmatch(sha256):
        raise DigestInvalidError(sha256)
    return f"{sha256[:2]}/{sha256}"
