"""The runner's process: what it is made of."""

import sys
from collections.abc import Awaitable, Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from socket import gethostname
from uuid import UUID

from testmesh_chassis.bus import Bus
from testmesh_chassis.database import Database
from testmesh_chassis.health import Health
from testmesh_chassis.process import Process, run_process
from testmesh_chassis.rounds import Rounds
from testmesh_chassis.telemetry import traces_are_sent
from testmesh_engine.actions import BUILT_IN, ActionRegistry
from testmesh_engine.actions.browser import BrowserAction
from testmesh_engine.artifacts import S3Access, open_store
from testmesh_engine.browser.settings import BrowserSettings
from testmesh_engine.egress.rules import Egresses
from testmesh_runner.bodies import Bodies
from testmesh_runner.cancels import Cancels
from testmesh_runner.config import RunnerSettings
from testmesh_runner.control import Control
from testmesh_runner.drain import Drain
from testmesh_runner.endings import Endings
from testmesh_runner.execution import Workshop
from testmesh_runner.guarded_loop import GuardedLoop
from testmesh_runner.heartbeat import Heartbeat, Watched
from testmesh_runner.intake import Intake
from testmesh_runner.lived_clock import LivedClock
from testmesh_runner.locks import Locks
from testmesh_runner.presence import Presence
from testmesh_runner.publisher import Publisher
from testmesh_runner.requests import Requests
from testmesh_runner.retention import EVERY_S, Retention
from testmesh_runner.runners import Finding, RunnerCard
from testmesh_runner.runs import Runs
from testmesh_runner.slots import Slots
from testmesh_runner.subscribers import declare
from testmesh_runner.takeover import Takeover
from testmesh_runner.unconfirmed import Unconfirmed
from testmesh_sdk import Resources

MIGRATIONS = Path(__file__).parent / "migrations"


def create(settings: RunnerSettings) -> Process:
    """Put the runner together; nothing is connected before it runs."""
    runner_id, registry, clock = settings.runner_id, ActionRegistry(BUILT_IN), LivedClock()
    registry.settle(BrowserAction(BrowserSettings(settings.chromium, settings.browser_slots)))
    database = Database(
        settings.database_url,
        name="testmesh-runner",
        connections=settings.database_connections,
        statement_cache=settings.statement_cache,
    )
    bus = Bus(settings.redis_url, "runner", runner_id)
    runs, cancels, slots = Runs(database, runner_id), Cancels(database), Slots(settings.slots)
    locks = Locks(database, runner_id, known=lambda: [run.execution_id for run in slots])
    publisher, endings, resources = Publisher(bus, settings.spool_dir), Endings(runs), Resources()
    unconfirmed = Unconfirmed(runs, publisher)
    control = Control(runner_id, slots, publisher, unconfirmed, runs, cancels)
    declare(bus, control)
    bodies = Bodies(settings.bodies_dir, settings.files_dir, registry)
    artifacts = open_store(settings.artifacts_url, settings.artifacts_dir, S3Access(**settings.artifacts_access))
    egresses = Egresses(settings.egress_mode, settings.egress_allow, settings.egress_never)
    workshop = Workshop(
        runner_id,
        locks,
        bodies,
        registry,
        resources,
        egresses,
        artifacts,
        publisher,
        endings,
        unconfirmed,
        clock,
        settings.local_files,
        traces_are_sent(),
        settings.artifact_limits,
        settings.listening,
    )

    def found(findings: list[Finding]) -> None:
        control.apply_findings(findings)
        intake.look_around()

    def overdue(now: float) -> list[UUID]:
        return [run.execution_id for run in slots if run.overdue_at is not None and run.overdue_at < now]

    card = RunnerCard(
        runner_id, gethostname(), version("testmesh-runner"), settings.slots, registry.names(), settings.labels
    )
    heartbeat = Heartbeat(settings.database_url, card, clock, Watched(lambda: slots.held, overdue, found))
    requests = Requests(settings.redis_url, runner_id)
    takeover = Takeover(runs, locks, slots, unconfirmed, requests, heartbeat)
    intake = Intake(requests, runs, slots, takeover, workshop)
    drain = Drain(intake, slots, runs, publisher, unconfirmed, heartbeat, grace_s=settings.shutdown_grace_s)
    parts = (
        database,
        _Closing(requests.close),
        _Closing(resources.close),
        _Closing(artifacts.close),
        heartbeat,
        bus,
        publisher,
        endings,
        unconfirmed,
        Presence(bus, card, slots, heartbeat),
        Rounds("forget", EVERY_S, Retention(database, runs, cancels, bus).clean),
        drain,
    )
    return Process(settings, parts, _health(database, bus, heartbeat), port=settings.health_port)


def _health(database: Database, bus: Bus, heartbeat: Heartbeat) -> Health:
    async def redis() -> None:
        await bus.client.ping()

    return Health({"database": database.check, "redis": redis, "heartbeat": heartbeat.check})


class _Closing:
    """A part that has nothing to start, and is closed at the end."""

    def __init__(self, close: Callable[[], Awaitable[None]]) -> None:
        self._close = close

    async def start(self) -> None:
        """It opens itself when it is first used."""

    async def stop(self) -> None:
        await self._close()


def main(argv: Sequence[str] | None = None) -> None:
    """Run the runner, or with `migrate` bring its tables up to date."""
    settings = RunnerSettings()
    if list(sys.argv[1:] if argv is None else argv) == ["migrate"]:
        from testmesh_chassis.migrations import migrate

        migrate(settings, ["agents"], MIGRATIONS)
    else:
        run_process(settings, lambda: create(settings), GuardedLoop)


if __name__ == "__main__":
    main()
