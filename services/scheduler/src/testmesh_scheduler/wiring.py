"""What the scheduler is made of."""

from testmesh_chassis.bus import Bus
from testmesh_chassis.database import Database
from testmesh_chassis.health import Health
from testmesh_chassis.janitor import EVERY_S, Janitor
from testmesh_chassis.outbox import Outbox
from testmesh_chassis.process import Process
from testmesh_chassis.relay import Relay
from testmesh_chassis.rounds import Rounds
from testmesh_contracts.topics import SCHEDULE_COMMANDS, SCHEDULE_EVENTS, SCHEDULER_QUERIES
from testmesh_scheduler.config import SchedulerSettings
from testmesh_scheduler.schedules import ScheduleBook
from testmesh_scheduler.subscribers import declare
from testmesh_scheduler.tables import SCHEMA
from testmesh_scheduler.ticker import Ticker

KEPT_TRIMMED = (SCHEDULE_COMMANDS, SCHEDULE_EVENTS, SCHEDULER_QUERIES)


def create(settings: SchedulerSettings) -> Process:
    """Wire the scheduler."""
    database = Database(
        settings.database_url,
        name="testmesh-scheduler",
        connections=settings.database_connections,
        statement_cache=settings.statement_cache,
    )
    bus = Bus(settings.redis_url, "scheduler", settings.instance)
    outbox = Outbox(SCHEMA)
    relay = Relay(database, bus, outbox)
    ticker = Ticker(database, bus, outbox, relay, settings)
    declare(bus, ScheduleBook(database), ticker)
    janitor = Janitor(database, bus, outbox, KEPT_TRIMMED, retention_s=settings.fact_retention_s)
    health = Health({"database": database.check, "streams": bus.check})
    rounds = (Rounds("trim", EVERY_S, janitor.clean), Rounds("tick", settings.tick_s, ticker.tick))
    return Process(settings, [database, bus, relay, *rounds], health, port=settings.health_port)
