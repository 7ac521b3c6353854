"""A real LocalServer with real databases, whose services are stand-ins. Arguments: JSON."""

import asyncio
import json
import sys
from pathlib import Path

from testmesh_cli.local.errors import LocalServerError
from testmesh_cli.local.members import ProcessSpec
from testmesh_cli.local.ports import free_port
from testmesh_cli.local.server import LocalServer, ServerOptions

STAND_IN = str(Path(__file__).parent / "stand_in.py")


def draw(told):
    def services(site):
        specs = []
        for name in ("storage", "runner-1", "runner-2", "api"):
            port = site.port if name == "api" else free_port()
            argv = (sys.executable, STAND_IN, "--port", str(port), *told.get("arguments", []))
            specs.append(ProcessSpec(name, name.split("-")[0], argv, f"http://127.0.0.1:{port}/health/ready"))
        return specs

    def migrations(site):
        code = f"print('migrating', {site.postgres_url!r}[:10]); raise SystemExit({told.get('migration', 0)})"
        return [ProcessSpec("migrate-storage", "storage", (sys.executable, "-c", code), "")]

    return migrations, services


def main():
    told = json.loads(sys.argv[1])
    migrations, services = draw(told)
    options = ServerOptions(Path(told["data"]), told.get("port", 0), migrations=migrations, services=services)

    def say(line):
        sys.stderr.write(f"{line}\n")

    def tell(line):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    server = LocalServer(options, say=say, tell=tell)
    work = server.run_migrations if told.get("migrate_only") else server.run
    try:
        sys.exit(asyncio.run(work()))
    except LocalServerError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(6)


main()
