"""Settings that every service has, with all their defaults; each from `TESTMESH_<SERVICE>_X`, else `TESTMESH_X`."""

import os
import socket
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from testmesh_contracts.topics import Service


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
        own = EnvSettingsSource(settings_cls, env_prefix=f"TESTMESH_{cls.service.upper()}_")
        return init_settings, own, EnvSettingsSource(settings_cls, env_prefix="TESTMESH_")
