"""What can go wrong with the files of executions.

ArtifactError
├── ArtifactKeyError       not a key: it might be a path that leads elsewhere
├── ArtifactMissingError   nothing is kept under a key
├── ArtifactStoreError     the store did not do what it was asked for: a full disk, a bucket that is away
└── ArtifactUrlError       no store is known under such an address
"""


class ArtifactError(Exception):
    """Root of the errors of stores."""

    code = "artifact_error"


class ArtifactKeyError(ArtifactError, ValueError):
    """A key that this release gives to nothing; it was used for nothing."""

    code = "artifact_key_invalid"

    def __init__(self, key: str) -> None:
        super().__init__(f"{key[:200]!r} is no key of an artifact: it would be executions/EXECUTION/ARTIFACT")


class ArtifactMissingError(ArtifactError, LookupError):
    """Nothing is kept under a key: it was never stored, or it was removed."""

    code = "artifact_missing"

    def __init__(self, key: str, place: str) -> None:
        super().__init__(f"no artifact {key} in {place}: never stored there, or already removed")


class ArtifactStoreError(ArtifactError):
    """The store failed; `doing` is what was tried."""

    code = "artifact_store_failed"

    def __init__(self, doing: str, place: str, reason: str) -> None:
        super().__init__(f"{doing} in {place} failed: {reason}")
        self.reason = reason


class ArtifactUrlError(ArtifactError, ValueError):
    """An address of which no store is known."""

    code = "artifacts_url_invalid"

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(
            f"artifacts cannot be kept in {url[:200]!r}: {reason}; set TESTMESH_ARTIFACTS_URL to file:///FOLDER or "
            "s3://BUCKET/PREFIX"
        )
