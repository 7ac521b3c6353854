"""Settings of a runner."""

import secrets
import tempfile
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from testmesh_chassis.settings import ServiceSettings
from testmesh_contracts.topics import Service


class RunnerSettings(ServiceSettings):
    """What a runner process needs. `slots` is how many flows it runs at once."""

    service: ClassVar[Service] = "runner"

    slots: int = Field(default=50, ge=1, le=1000)
    labels: dict[str, str] = Field(default_factory=dict)
    database_connections: int = 2
    spool_dir: Path = Field(default_factory=lambda: Path(tempfile.gettempdir()))
    """Where events go that do not fit in memory."""
    life: str = Field(default_factory=lambda: secrets.token_hex(3), exclude=True)

    @property
    def runner_id(self) -> str:
        """Name of this life of the runner: two lives of one replica never hold each other's work."""
        return f"{self.instance}-{self.life}"

    @property
    def bodies_dir(self) -> Path:
        """Where the bodies of flows are that were too large for a message."""
        return self.artifacts_dir / "flows"

    @property
    def files_dir(self) -> Path:
        """Where the files are that flows name."""
        return self.artifacts_dir / "files"
