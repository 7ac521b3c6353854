"""The parts of one gateway process, wired: what its routes work with."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from testmesh_api import repository
from testmesh_api.artifacts import Artifacts
from testmesh_api.changes import Changes
from testmesh_api.config import ApiSettings
from testmesh_api.cursors import Cursors
from testmesh_api.executions.acceptance import Acceptance
from testmesh_api.executions.cancelling import Cancelling
from testmesh_api.executions.lookup import Lookup
from testmesh_api.executions.plans import Planner
from testmesh_api.executions.results import Results
from testmesh_api.executions.uploading import Uploading
from testmesh_api.flow_bodies import FlowBodies
from testmesh_api.large_bodies import LargeBodies
from testmesh_api.live.ear import Ear
from testmesh_api.live.hub import Hub
from testmesh_api.live.ring import Ring
from testmesh_api.owners import Owner
from testmesh_chassis.bus import Bus, Feed
from testmesh_chassis.database import Database
from testmesh_chassis.health import Health
from testmesh_chassis.outbox import Outbox
from testmesh_chassis.relay import Relay
from testmesh_contracts.live import SOURCES
from testmesh_engine.artifacts import ArtifactStore, S3Access, open_store

SCHEMA = "users"
STREAMS = [source.stream for source in SOURCES]


@dataclass(frozen=True, slots=True)
class Gateway:
    """Singletons of the process, in the order in which they need one another."""

    settings: ApiSettings
    database: Database
    bus: Bus
    health: Health
    outbox: Outbox
    relay: Relay
    storage: Owner
    scheduler: Owner
    bodies: FlowBodies
    large_bodies: LargeBodies
    changes: Changes
    schedule_changes: Changes
    cursors: Cursors
    lookup: Lookup
    artifacts: Artifacts
    results: Results
    acceptance: Acceptance
    cancelling: Cancelling
    uploading: Uploading
    hub: Hub
    feed: Feed

    @classmethod
    def of(cls, settings: ApiSettings) -> "Gateway":
        """Wire the parts; nothing is connected yet."""
        database = Database(
            settings.database_url,
            name="testmesh-api",
            connections=settings.database_connections,
            statement_cache=settings.statement_cache,
        )
        bus = Bus(settings.redis_url, "api", settings.instance)
        outbox = Outbox(SCHEMA)
        relay = Relay(database, bus, outbox)
        storage, scheduler = Owner.storage(bus), Owner.scheduler(bus)
        bodies = FlowBodies(settings.artifacts_dir)
        lookup = Lookup(database, outbox, storage)
        ring = Ring(settings.live_ring_s, settings.live_ring_bytes)
        hub = Hub(ring)
        ear = Ear(hub, ring, lambda ended: storage.outdate({ended}))
        feed = Feed(settings.redis_url, STREAMS, ear, reach_s=settings.live_ring_s)

        async def load_cursor_key() -> bytes:
            return settings.cursor_key.encode() if settings.cursor_key else await repository.cursor_key(database)

        return cls(
            settings=settings,
            database=database,
            bus=bus,
            health=Health({"postgres": database.check, "redis": lambda: _ping(bus), "feed": feed.check}),
            outbox=outbox,
            relay=relay,
            storage=storage,
            scheduler=scheduler,
            bodies=bodies,
            large_bodies=LargeBodies(),
            changes=Changes(database, storage),
            schedule_changes=Changes(database, scheduler),
            cursors=Cursors(load_cursor_key),
            lookup=lookup,
            artifacts=Artifacts(storage, _store(settings)),
            results=Results(database, outbox, lookup),
            acceptance=Acceptance(database, outbox, relay, Planner(storage, bodies)),
            cancelling=Cancelling(database, outbox, relay, lookup),
            uploading=Uploading(database, outbox, relay, lookup, bodies),
            hub=hub,
            feed=feed,
        )

    async def let_clients_go(self) -> None:
        """Answer who waits and close what is open, because the process ends."""
        await self.results.let_waiters_go()
        self.hub.close()


def _store(settings: ApiSettings) -> ArtifactStore:
    return open_store(settings.artifacts_url, settings.artifacts_dir, S3Access(**settings.artifacts_access))


async def _ping(bus: Bus) -> None:
    await bus.client.ping()


async def _gateway(connection: HTTPConnection) -> Gateway:
    found: Gateway = connection.app.state.gateway
    return found


Here = Annotated[Gateway, Depends(_gateway)]
"""A route's parameter: the process that it runs in."""
