"""Settings of the gateway."""

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
