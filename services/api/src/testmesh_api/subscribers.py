"""All that the gateway says and hears."""

from testmesh_api.executions.results import Results
from testmesh_chassis.bus import Bus
from testmesh_contracts.live import SOURCES
from testmesh_contracts.topics import (
    CONTROL,
    REPLIES,
    REQUESTS,
    RESULTS,
    SCHEDULE_COMMANDS,
    SCHEDULER_QUERIES,
    STORAGE_COMMANDS,
    STORAGE_QUERIES,
    UPLOADS,
)


def declare(bus: Bus, results: Results) -> None:
    """Declare it on the bus, which checks it against the map of topics."""
    bus.says(*REQUESTS.values(), UPLOADS, CONTROL)
    bus.says(STORAGE_COMMANDS, STORAGE_QUERIES, SCHEDULE_COMMANDS, SCHEDULER_QUERIES)
    bus.asks(REPLIES)
    bus.compete(RESULTS, results.free_outbox)
    bus.broadcast(RESULTS, results.wake_waiters)
    for source in SOURCES:
        bus.hears(source.topic, "broadcast")
