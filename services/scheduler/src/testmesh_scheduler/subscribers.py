"""What the scheduler says and hears."""

from testmesh_chassis.bus import Bus
from testmesh_contracts.topics import (
    FLOW_EVENTS,
    REPLIES,
    REQUESTS,
    RESULTS,
    SCHEDULE_COMMANDS,
    SCHEDULE_EVENTS,
    SCHEDULER_QUERIES,
    STORAGE_QUERIES,
)
from testmesh_scheduler.schedules import ScheduleBook
from testmesh_scheduler.ticker import Ticker


def declare(bus: Bus, book: ScheduleBook, ticker: Ticker) -> None:
    """Declare it all on a bus that has not started."""
    bus.says(*REQUESTS.values(), SCHEDULE_EVENTS, STORAGE_QUERIES, REPLIES)
    bus.asks(REPLIES)
    bus.answer(SCHEDULE_COMMANDS, book.apply)
    bus.answer(SCHEDULER_QUERIES, book.answer)
    bus.compete(FLOW_EVENTS, book.disable_for_deleted_flows)
    bus.compete(RESULTS, ticker.confirm_requests)
