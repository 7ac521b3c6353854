"""The scheduler's process: `testmesh-scheduler` runs it, `testmesh-scheduler migrate` prepares its schema."""

import sys
from collections.abc import Sequence
from pathlib import Path

from testmesh_scheduler.config import SchedulerSettings

SCHEMAS = ("scheduler",)
MIGRATIONS = Path(__file__).parent / "migrations"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the scheduler, or `migrate` its schema; each loads the libraries of its own work alone."""
    settings = SchedulerSettings()
    if list(sys.argv[1:] if arguments is None else arguments) == ["migrate"]:
        from testmesh_chassis.migrations import migrate

        migrate(settings, SCHEMAS, MIGRATIONS)
    else:
        from testmesh_chassis.process import run_process
        from testmesh_scheduler.wiring import create

        run_process(settings, lambda: create(settings))


if __name__ == "__main__":
    main()
