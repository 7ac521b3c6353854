"""Settings of the gateway."""

from pathlib import Path
from typing import ClassVar

from testmesh_chassis.settings import ServiceSettings
from testmesh_contracts.topics import Service


class ApiSettings(ServiceSettings):
    """What the gateway needs; it listens on loopback unless `TESTMESH_API_HOST` says otherwise."""

    service: ClassVar[Service] = "api"

    port: int = 8080
    cursor_key: str | None = None
    """Signs the cursors of lists; None: the random one that the database was given when it was migrated."""
    longest_wait_s: float = 120.0
    """`Prefer: wait` waits no longer than this."""
    live_ring_s: float = 60.0
    """How long the live feed is kept for clients that come back."""
    live_ring_bytes: int = 64 * 1024 * 1024
    allowed_origins: str = ""
    """Origins of pages that may open WebSockets, beside this server's own, with commas between them."""
    dashboard_dir: Path | None = None
    """Where the built pages are; None: in the package, where `make web` puts them."""

    @property
    def origins(self) -> frozenset[str]:
        return frozenset(origin for part in self.allowed_origins.split(",") if (origin := part.strip().rstrip("/")))
