"""The storage service: `testmesh-storage` runs it, `testmesh-storage migrate` migrates its schemas."""

import sys
from collections.abc import Sequence
from pathlib import Path

from testmesh_storage.config import StorageSettings

SCHEMAS = ("executions", "flows")
REVISIONS = Path(__file__).parent / "migrations"


def main(argv: Sequence[str] | None = None) -> None:
    """Run the service, or `migrate` its schemas; each loads the libraries of its own work alone."""
    settings = StorageSettings()
    if list(sys.argv[1:] if argv is None else argv) == ["migrate"]:
        from testmesh_chassis.migrations import migrate

        migrate(settings, SCHEMAS, REVISIONS)
    else:
        from testmesh_chassis.process import run_process
        from testmesh_storage.wiring import create

        run_process(settings, lambda: create(settings))


if __name__ == "__main__":
    main()
