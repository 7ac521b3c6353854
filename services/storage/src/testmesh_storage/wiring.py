"""What the storage service is made of."""

from testmesh_chassis.bus import Bus, Fold, Folded
from testmesh_chassis.database import Database
from testmesh_chassis.health import Health
from testmesh_chassis.inbox import Inbox
from testmesh_chassis.janitor import EVERY_S, Janitor
from testmesh_chassis.outbox import Outbox
from testmesh_chassis.process import Part, Process
from testmesh_chassis.relay import Relay
from testmesh_chassis.rounds import Rounds
from testmesh_contracts.topics import CONTROL, EVENTS, REQUESTS, UPLOADS
from testmesh_storage import subscribers
from testmesh_storage.artifacts import ArtifactQueries
from testmesh_storage.commands import Commands
from testmesh_storage.config import StorageSettings
from testmesh_storage.currency import FoldsAreCurrent
from testmesh_storage.environments import EnvironmentQueries
from testmesh_storage.executions import ExecutionQueries
from testmesh_storage.flows import FlowCommands, FlowQueries
from testmesh_storage.folding.announcer import Announcer
from testmesh_storage.folding.control import ControlFold
from testmesh_storage.folding.events import EventsFold
from testmesh_storage.folding.requests import RequestsFold
from testmesh_storage.folding.uploads import UploadsFold
from testmesh_storage.folds import FoldParts
from testmesh_storage.partitions import Partitions
from testmesh_storage.resolution import Resolver
from testmesh_storage.sources import Sources
from testmesh_storage.sweeper import Sweeper


def create(settings: StorageSettings) -> Process:
    """Put the service together."""
    database = Database(
        settings.database_url,
        name="testmesh-storage",
        connections=settings.database_connections,
        statement_cache=settings.statement_cache,
    )
    bus = Bus(settings.redis_url, settings.service, settings.instance)
    outbox = Outbox("executions")
    relay = Relay(database, bus, outbox)
    announcer = Announcer(bus, relay)
    folds = create_folds(settings, database, bus, outbox, announcer)
    sweeper = Sweeper(settings, database, outbox, announcer, FoldsAreCurrent(database, bus, folds))
    partitions = Partitions(database, settings.months_ahead)
    commands = Commands(database, Inbox("executions"), outbox, relay)
    janitor = Janitor(database, bus, outbox, subscribers.TRIMMED, folds=True, retention_s=settings.fact_retention_s)
    _declare(settings, database, bus, commands)
    parts: list[Part] = [
        database,
        bus,
        relay,
        announcer,
        FoldParts(folds),
        Rounds("sweep", settings.sweep_every_s, sweeper.sweep),
        Rounds("partitions", settings.upkeep_every_s, partitions.make),
        Rounds("answers", settings.upkeep_every_s, commands.forget_old_answers),
        Rounds("trim", EVERY_S, janitor.clean),
    ]
    health = Health({"database": database.check, "streams": bus.check})
    return Process(settings, parts, health, port=settings.health_port)


def _declare(settings: StorageSettings, database: Database, bus: Bus, commands: Commands) -> None:
    sources = Sources(settings.artifacts_dir)
    queries = subscribers.query_answers(
        FlowQueries(database),
        EnvironmentQueries(database),
        ExecutionQueries(database),
        ArtifactQueries(database),
        Resolver(database, sources),
    )
    subscribers.declare(bus, queries, subscribers.command_answers(commands, FlowCommands(sources)))


def create_folds(
    settings: StorageSettings, database: Database, bus: Bus, outbox: Outbox, announcer: Announcer
) -> list[Fold]:
    """Return a fold for each topic that becomes rows."""
    requests = RequestsFold(settings, outbox, announcer)
    control = ControlFold(outbox, announcer)
    events = EventsFold(settings, outbox, announcer)
    uploads = UploadsFold(settings, outbox, announcer)
    folded = {
        **{topic: Folded(requests.apply, requests.mark_dead) for topic in REQUESTS.values()},
        CONTROL: Folded(control.apply, control.mark_dead),
        EVENTS: Folded(events.apply, events.mark_dead),
        UPLOADS: Folded(uploads.apply, uploads.mark_dead),
    }
    return [
        Fold(
            database,
            bus.client,
            settings.redis_url,
            schema="executions",
            topic=topic,
            owner=settings.instance,
            folded=how,
            batch=settings.upload_batch if topic is UPLOADS else settings.fold_batch,
        )
        for topic, how in folded.items()
    ]
