"""The gateway: `testmesh-api` runs it, `testmesh-api migrate` migrates, `testmesh-api openapi` prints the contract."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from testmesh_api.config import ApiSettings

SCHEMAS = ("users",)
MIGRATIONS = Path(__file__).parent / "migrations"


def main(argv: Sequence[str] | None = None) -> None:
    """Run, migrate, or print the OpenAPI document; each loads the libraries of its own work alone."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words == ["openapi"]:
        from testmesh_api.wiring import create_app

        sys.stdout.write(json.dumps(create_app().openapi(), indent=2) + "\n")
        return
    settings = ApiSettings()
    if words == ["migrate"]:
        from testmesh_chassis.migrations import migrate

        migrate(settings, SCHEMAS, MIGRATIONS)
    elif words:
        raise SystemExit("usage: testmesh-api [migrate | openapi]")
    else:
        from testmesh_api.wiring import create
        from testmesh_chassis.process import run_process

        run_process(settings, lambda: create(settings))


if __name__ == "__main__":
    main()
