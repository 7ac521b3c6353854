"""Settings that every service has, with all their defaults; each from `TESTMESH_<SERVICE>_X`, else `TESTMESH_X`."""

import os
import socket
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from testmesh_contracts.topics import Service

FROM_FILES = ("artifacts_access_key_id", "artifacts_secret_access_key", "artifacts_session_token")
"""Settings that may also be the content of a file."""


def _default_instance() -> str:
    return f"{socket.gethostname()}-{os.getpid()}"


class ServiceSettings(BaseSettings):
    """What a process needs to run. Read once, in `main`, and handed down."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)
    service: ClassVar[Service]

    redis_url: str = "redis://127.0.0.1:6379/0"
    database_url: str = "postgresql://127.0.0.1:5432/testmesh"
    migration_database_url: str | None = None
    """Owner of the database; read by `migrate` alone."""
    artifacts_dir: Path = Path("artifacts")
    artifacts_url: str | None = None
    """Where files of executions are kept: `file:///FOLDER` or `s3://BUCKET/PREFIX`; None: in `artifacts_dir`."""
    artifacts_endpoint: str | None = None
    """Of a bucket that is not Amazon's: `https://HOST:PORT`."""
    artifacts_region: str | None = None
    artifacts_access_key_id: str | None = None
    """With the next one; both None: what the machine has, as the AWS tools find it."""
    artifacts_secret_access_key: SecretStr | None = None
    artifacts_session_token: SecretStr | None = None
    instance: str = Field(default_factory=_default_instance)
    """Name of this replica: of its consumer in groups, of its stream of replies. Best kept over restarts."""
    host: str = "127.0.0.1"
    health_port: int = 0
    log_format: Literal["json", "text"] = "text"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    shutdown_grace_s: float = 720.0
    database_connections: int = 8
    statement_cache: int = 256
    """0 behind a transaction pooler."""
    fact_retention_s: float | None = None
    """How long facts stay in their streams; None: as the map of topics says."""

    @property
    def artifacts_access(self) -> dict[str, str | None]:
        """How a bucket of artifacts is reached."""
        secret, token = self.artifacts_secret_access_key, self.artifacts_session_token
        return {
            "endpoint": self.artifacts_endpoint,
            "region": self.artifacts_region,
            "access_key_id": self.artifacts_access_key_id,
            "secret_access_key": None if secret is None else secret.get_secret_value(),
            "session_token": None if token is None else token.get_secret_value(),
        }

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings' hook
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings' hook
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings' hook
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the service's own variables before those shared by all."""
        own, shared = f"TESTMESH_{cls.service.upper()}_", "TESTMESH_"
        return (
            init_settings,
            EnvSettingsSource(settings_cls, env_prefix=own),
            _FromFiles(settings_cls, own),
            EnvSettingsSource(settings_cls, env_prefix=shared),
            _FromFiles(settings_cls, shared),
        )


class _FromFiles(PydanticBaseSettingsSource):
    """Credentials from files that `..._FILE` names, as containers are given them."""

    def __init__(self, settings_cls: type[BaseSettings], prefix: str) -> None:
        super().__init__(settings_cls)
        self._prefix = prefix

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - pydantic-settings' hook
        variable = f"{self._prefix}{field_name.upper()}_FILE"
        path = os.environ.get(variable)
        if not path:
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").strip(), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"{variable}: {path} cannot be read: {error}; name a file with the value alone") from error

    def __call__(self) -> dict[str, Any]:
        found = {name: self.get_field_value(self.settings_cls.model_fields[name], name)[0] for name in FROM_FILES}
        return {name: value for name, value in found.items() if value is not None}
