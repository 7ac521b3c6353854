"""`testmesh server`: databases, migrations, services and demo on this machine, until somebody says stop."""

import os
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from testmesh_cli.default_folder import default_data_folder
from testmesh_cli.local import topology
from testmesh_cli.local.data_folder import ServerFile, claimed
from testmesh_cli.local.demo import find_demo, shop_line, shop_port
from testmesh_cli.local.errors import PortTakenError
from testmesh_cli.local.logs import log_file
from testmesh_cli.local.members import EmbeddedMember, ProcessMember, ProcessSpec
from testmesh_cli.local.migrating import migrate
from testmesh_cli.local.ports import free_port, holder_of, is_free
from testmesh_cli.local.postgres import EmbeddedPostgres
from testmesh_cli.local.supervisor import Supervisor
from testmesh_cli.local.topology import Site
from testmesh_cli.local.valkey import EmbeddedValkey
from testmesh_cli.remote.address import DEFAULT


@dataclass(frozen=True)
class ServerOptions:
    """What `testmesh server` was told. `port` 0 is a free one; the two functions draw the topology."""

    data: Path
    port: int = 8080
    runners: int = 1
    demo: bool = False
    exit_after_demo: bool = False
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    migrations: Callable[[Site], list[ProcessSpec]] = topology.migrations
    services: Callable[[Site], list[ProcessSpec]] = topology.services


class LocalServer:
    """One server on one data folder. `run` returns its exit code when all that it started has ended."""

    def __init__(self, options: ServerOptions, say: Callable[[str], None], tell: Callable[[str], None]) -> None:
        self._options = options
        self._say = say
        self._tell = tell
        self._data = options.data.absolute()
        self._supervisor = Supervisor(say, self._write_server_file)
        self._server_file: ServerFile | None = None

    async def run(self) -> int:
        if not self._data.exists():
            # A folder that is there may belong to the very server that has the port; that is then the better reason.
            self._port()
        return await self._alone(self._serve)

    async def run_migrations(self) -> int:
        """Bring the databases to the newest tables, and leave nothing running."""
        return await self._alone(self._migrate_only)

    async def _alone(self, work: Callable[[], Coroutine[None, None, int]]) -> int:
        with claimed(self._data):
            (self._data / "server.json").unlink(missing_ok=True)
            (self._data / "artifacts").mkdir(mode=0o700, exist_ok=True)
            try:
                return await self._supervisor.run(work())
            finally:
                (self._data / "server.json").unlink(missing_ok=True)

    async def _serve(self) -> int:
        demo = find_demo() if self._options.demo else None
        port = self._port()
        site = await self._stores(port)
        await migrate(self._options.migrations(site), self._data, self._say)
        services = self._options.services(site)
        shops = [demo.shop(self._shop_port(services))] if demo else []
        await self._bring_up([*services, *shops])
        self._server_file = ServerFile(self._data, site.url, site.postgres_url, site.redis_url)
        self._write_server_file()
        self._say(f"ready; data in {self._data}, logs in {self._data / 'logs'}")
        passed = await demo.show(site.url, _address(shops[0]), self._tell) if demo else True
        self._tell(f"TestMesh: {site.url}  (Ctrl-C stops)")
        self._tell(f"  API: {site.url}/api/v1")
        if site.url != DEFAULT or self._data != default_data_folder(self._options.environment):
            # Another command looks into the default folder, then at the default address.
            self._tell(f"  export TESTMESH_URL={site.url}")
        for shop in shops:
            self._tell(shop_line(_address(shop)))
        if demo and self._options.exit_after_demo:
            return 0 if passed else 1
        await self._supervisor.until_stopped()
        return 0

    async def _migrate_only(self) -> int:
        site = await self._stores(port=0)
        await migrate(self._options.migrations(site), self._data, self._say)
        self._tell("All schemas are up to date.")
        return 0

    async def _stores(self, port: int) -> Site:
        """Databases of our own, or those that the environment names."""
        environment = self._options.environment
        postgres_url = environment.get("TESTMESH_DATABASE_URL") or await self._embedded(EmbeddedPostgres)
        redis_url = environment.get("TESTMESH_REDIS_URL") or await self._embedded(EmbeddedValkey)
        return Site(self._data, postgres_url, redis_url, port, self._options.runners, environment)

    async def _embedded(self, kind: type[EmbeddedPostgres] | type[EmbeddedValkey]) -> str:
        server = kind(self._data)
        self._say(server.name)
        await self._supervisor.bring_up(EmbeddedMember(server))
        return server.url

    async def _bring_up(self, specs: Sequence[ProcessSpec]) -> None:
        for spec in specs:
            self._say(spec.name)
        await self._supervisor.bring_up(*(ProcessMember(spec, log_file(self._data, spec.name)) for spec in specs))

    def _port(self) -> int:
        port = self._options.port or free_port()
        if not is_free(port):
            raise PortTakenError(port, holder_of(port))
        return port

    def _shop_port(self, services: Sequence[ProcessSpec]) -> int:
        taken = {urlsplit(spec.health_url).port or 0 for spec in services}
        # Who asks for a free port has other servers here: the shop leaves them theirs, too.
        return shop_port(taken) if self._options.port else free_port(taken)

    def _write_server_file(self) -> None:
        if self._server_file is not None:
            self._server_file.write(self._supervisor.members)


def _address(shop: ProcessSpec) -> str:
    return shop.health_url.removesuffix("/health")
