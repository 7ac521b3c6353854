"""Which processes make a TestMesh server, as data: the house's drawing for one machine."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from testmesh_cli.local.credentials import Credentials
from testmesh_cli.local.members import ProcessSpec
from testmesh_cli.local.ports import free_port

HOST = "127.0.0.1"
# They are stopped in the reverse of this order: who asks before who answers.
SERVICES = ("storage", "scheduler", "runner", "api")
# The owner's address may make roles and read everything: only migrations are told it.
OWNERS_OWN = ("TESTMESH_DATABASE_URL", "TESTMESH_MIGRATION_DATABASE_URL")


@dataclass(frozen=True)
class Site:
    """Where a server is: its folder, its stores, its port, and how many runners it has."""

    data: Path
    postgres_url: str
    redis_url: str
    port: int
    runners: int = 1
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"


def migrations(site: Site) -> list[ProcessSpec]:
    """One short process a service, which makes its role, schema and tables."""
    return [
        ProcessSpec(
            name=f"migrate-{service}",
            service=service,
            argv=(*_module(service), "migrate"),
            health_url="",
            env=_environment(site, service) | {"TESTMESH_MIGRATION_DATABASE_URL": site.postgres_url},
            ready_seconds=120.0,
        )
        for service in SERVICES
    ]


def services(site: Site) -> list[ProcessSpec]:
    """The processes that stay; they start together, and stop in the reverse of this order."""
    taken = {site.port}
    specs = []
    for service in SERVICES:
        count = site.runners if service == "runner" else 1
        for number in range(1, count + 1):
            name = f"{service}-{number}" if count > 1 else service
            specs.append(_api(site) if service == "api" else _worker(site, service, name, taken))
    return specs


def service_database_url(site: Site, service: str) -> str:
    """The same database for the service's own role, with its own password."""
    name = f"TESTMESH_{service.upper()}_DATABASE_URL"
    if name in site.environment:
        return site.environment[name]
    parts = urlsplit(site.postgres_url)
    password = quote(Credentials(site.data).password(f"testmesh_{service}"), safe="")
    address = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"testmesh_{service}:{password}@{address}"))


def _api(site: Site) -> ProcessSpec:
    return ProcessSpec(
        name="api",
        service="api",
        argv=_module("api"),
        health_url=f"{site.url}/health/ready",
        env=_environment(site, "api")
        | {"TESTMESH_API_INSTANCE": "api", "TESTMESH_API_HOST": HOST, "TESTMESH_API_PORT": str(site.port)},
    )


def _worker(site: Site, service: str, name: str, taken: set[int]) -> ProcessSpec:
    port = free_port(taken)
    taken.add(port)
    return ProcessSpec(
        name=name,
        service=service,
        argv=_module(service),
        health_url=f"http://{HOST}:{port}/health/ready",
        env=_environment(site, service)
        | {f"TESTMESH_{service.upper()}_INSTANCE": name, f"TESTMESH_{service.upper()}_HEALTH_PORT": str(port)},
    )


def _module(service: str) -> tuple[str, ...]:
    return (sys.executable, "-m", f"testmesh_{service}.main")


def _environment(site: Site, service: str) -> dict[str, str]:
    inherited = {
        name: value
        for name, value in site.environment.items()
        if name not in OWNERS_OWN and not (name.startswith("TESTMESH_") and name.endswith("_DATABASE_URL"))
    }
    return inherited | {
        "TESTMESH_REDIS_URL": site.redis_url,
        f"TESTMESH_{service.upper()}_DATABASE_URL": service_database_url(site, service),
        "TESTMESH_ARTIFACTS_DIR": str(site.data / "artifacts"),
        "TESTMESH_LOG_FORMAT": inherited.get("TESTMESH_LOG_FORMAT", "json"),
        # it listens on loopback alone: who can ask it to connect somewhere is on this machine already
        "TESTMESH_EGRESS": inherited.get("TESTMESH_EGRESS", "local"),
        "TESTMESH_SHUTDOWN_GRACE_S": inherited.get("TESTMESH_SHUTDOWN_GRACE_S", "10"),
    }
