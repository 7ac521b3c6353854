"""The one store, once over a folder and once over a bucket: what holds of one holds of the other."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from testmesh_chassis.testing.buckets import ACCESS_KEY_ID, SECRET_ACCESS_KEY, Bucket, served_bucket
from testmesh_contracts.ids import uuid7
from testmesh_engine.artifacts import ArtifactStore, BucketStore, FolderStore, S3Access


@dataclass
class Kept:
    """A store, and another way to look into it."""

    store: ArtifactStore
    folder: Path | None = None
    bucket: Bucket | None = None
    prefix: str = ""

    @property
    def left(self) -> list[str]:
        """All that there is of any file, also of one that nobody can read."""
        if self.folder is not None:
            found = (path.relative_to(self.folder) for path in self.folder.rglob("*"))
            return sorted(str(path) for path in found if str(path) != "executions")
        assert self.bucket is not None
        here = [key.removeprefix(f"{self.prefix}/") for key in self.bucket.objects if key.startswith(self.prefix)]
        return sorted(here) + self.bucket.unfinished

    def spoil(self, key: str, content: bytes) -> None:
        if self.folder is not None:
            (self.folder / key).write_bytes(content)
        elif self.bucket is not None:
            self.bucket.spoil(f"{self.prefix}/{key}", content)


@pytest.fixture(scope="session")
def bucket() -> Iterator[Bucket]:
    with served_bucket() as served:
        yield served


@pytest_asyncio.fixture(params=["folder", pytest.param("bucket", marks=pytest.mark.integration)])
async def kept(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Kept]:
    if request.param == "folder":
        kept = Kept(FolderStore(tmp_path / "artifacts"), folder=tmp_path / "artifacts")
    else:
        bucket: Bucket = request.getfixturevalue("bucket")
        access = S3Access(bucket.endpoint, None, ACCESS_KEY_ID, SECRET_ACCESS_KEY)
        prefix = f"of/{uuid7()}"
        kept = Kept(BucketStore(bucket.name, prefix, access), bucket=bucket, prefix=prefix)
    yield kept
    await kept.store.close()
