"""Artifacts in a bucket of S3, or of what speaks like it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from testmesh_engine.artifacts.store import ArtifactStore

if TYPE_CHECKING:
    from obstore.store import ObjectStore, S3Config

CONNECT_S = 5
STALLED_S = 20
"""How long nothing may come of an answer."""
REQUEST_S = 3600
"""How long an answer may take as a whole: people download slowly."""
RETRIES = 3
RETRY_S = 20


@dataclass(frozen=True, slots=True)
class S3Access:
    """How a bucket is reached; what is not given comes from the machine, as the AWS tools find it."""

    endpoint: str | None = None
    region: str | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = None
    session_token: str | None = None

    def __repr__(self) -> str:
        return f"S3Access(endpoint={self.endpoint!r}, region={self.region!r}, …)"


class BucketStore(ArtifactStore):
    """Keeps an object each, below a prefix; large ones in parts, all of them or none."""

    def __init__(self, bucket: str, prefix: str, access: S3Access) -> None:
        super().__init__("/".join(filter(None, ("s3:/", bucket, prefix))), self._opened)
        self._bucket, self._prefix, self._access = bucket, prefix, access

    def _opened(self) -> "ObjectStore":
        from obstore.store import S3Store

        access = self._access
        config: S3Config = {}
        if access.endpoint is not None:
            config["endpoint"] = access.endpoint
        if access.region is not None or access.endpoint is not None:
            config["region"] = access.region or "us-east-1"
        if access.access_key_id is not None and access.secret_access_key is not None:
            config["access_key_id"], config["secret_access_key"] = access.access_key_id, access.secret_access_key
        if access.session_token is not None:
            config["session_token"] = access.session_token
        return S3Store(
            self._bucket,
            prefix=self._prefix or None,
            config=config,
            client_options={
                "allow_http": (access.endpoint or "").startswith("http://"),
                "connect_timeout": timedelta(seconds=CONNECT_S),
                "read_timeout": timedelta(seconds=STALLED_S),
                "timeout": timedelta(seconds=REQUEST_S),
            },
            retry_config={"max_retries": RETRIES, "retry_timeout": timedelta(seconds=RETRY_S)},
        )
