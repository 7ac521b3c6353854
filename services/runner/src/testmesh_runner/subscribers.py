"""What the runner says and hears."""

from testmesh_chassis.bus import Bus
from testmesh_contracts.topics import CONTROL, EVENTS, REQUESTS, RESULTS, RUNNER_EVENTS
from testmesh_runner.control import Control


def declare(bus: Bus, control: Control) -> None:
    """Declare every topic of this service; requests are read by the intake's own loop."""
    bus.says(EVENTS, RUNNER_EVENTS)
    for requests in REQUESTS.values():
        bus.hears(requests, "compete")
    bus.broadcast(CONTROL, control.obey)
    bus.compete(CONTROL, control.remember_cancels)
    bus.compete(RESULTS, control.free_completed)
