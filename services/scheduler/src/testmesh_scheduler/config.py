"""Settings of the scheduler."""

from typing import ClassVar

from testmesh_chassis.settings import ServiceSettings
from testmesh_contracts.topics import Service


class SchedulerSettings(ServiceSettings):
    """What the scheduler needs beyond what every service has; from `TESTMESH_SCHEDULER_*`."""

    service: ClassVar[Service] = "scheduler"

    tick_s: float = 1.0
    catchup_window_s: float = 300.0
    """A slot that could not become a request within this time is missed, and says so."""
