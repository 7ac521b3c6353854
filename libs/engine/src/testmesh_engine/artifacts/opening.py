"""Which store an address means."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from testmesh_engine.artifacts.bucket import BucketStore, S3Access
from testmesh_engine.artifacts.errors import ArtifactUrlError
from testmesh_engine.artifacts.folder import FolderStore
from testmesh_engine.artifacts.store import ArtifactStore


def open_store(url: str | None, folder: Path, access: S3Access) -> ArtifactStore:
    """Return the store under an address, the folder's where there is none; nothing is connected yet.

    Raises:
        ArtifactUrlError: no store is known under such an address.
    """
    if url is None:
        return FolderStore(folder)
    parts = urlsplit(url)
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ArtifactUrlError(url.rpartition("@")[2], "it may have no credentials and no query; settings carry them")
    if parts.scheme == "file":
        if parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
            raise ArtifactUrlError(url, "a folder is written with its whole path, with three slashes")
        return FolderStore(Path(unquote(parts.path)))
    if parts.scheme == "s3":
        if not parts.netloc:
            raise ArtifactUrlError(url, "it names no bucket")
        _assert_whole(access)
        return BucketStore(parts.netloc, parts.path.strip("/"), access)
    raise ArtifactUrlError(url, f"there is no store for {parts.scheme or 'no scheme'!r}")


def _assert_whole(access: S3Access) -> None:
    if (access.access_key_id is None) != (access.secret_access_key is None):
        missing = "secret access key" if access.secret_access_key is None else "access key id"
        raise ArtifactUrlError("s3://…", f"of its credentials, the {missing} is missing")
