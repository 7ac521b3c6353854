"""Storage's own database, migrated, under its own role; its folds over a real stream server."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy.engine import make_url

from testmesh_chassis.bus import Bus, Received
from testmesh_chassis.database import Database
from testmesh_chassis.migrations import migrate
from testmesh_chassis.outbox import Outbox
from testmesh_chassis.relay import Relay
from testmesh_chassis.testing.servers import Servers
from testmesh_chassis.testing.templates import template_database
from testmesh_contracts import Entry, Message, Topic, decode, encode, read_entry, uuid7
from testmesh_contracts.events import (
    ExecutionEvents,
    ExecutionFinished,
    ExecutionStarted,
    SequencedEvent,
    StepFinished,
    StepStarted,
)
from testmesh_contracts.executions import CancelExecution, ExecutionCompleted, ExecutionRequested, ExecutionUploaded
from testmesh_contracts.topics import CONTROL, EVENTS, REQUESTS, RESULTS, UPLOADS
from testmesh_storage.config import StorageSettings
from testmesh_storage.folding.announcer import Announcer
from testmesh_storage.folding.control import ControlFold
from testmesh_storage.folding.events import EventsFold
from testmesh_storage.folding.requests import RequestsFold
from testmesh_storage.folding.uploads import UploadsFold
from testmesh_storage.main import REVISIONS, SCHEMAS

PROJECT = UUID("00000000-0000-7000-8000-000000000001")
FLOW = uuid7()


@pytest.fixture(scope="session")
def role() -> str:
    return f"storage_{secrets.token_hex(4)}"


@pytest.fixture(scope="session")
def database_template(servers: Servers, role: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Storage's tables, made once by its own migration: each test gets a copy."""

    def prepare(owner_url: str) -> None:
        migrate(settings_of(owner_url, role, tmp_path_factory.mktemp("template")), SCHEMAS, REVISIONS)

    with template_database(servers.postgres_url, prepare) as name:
        yield name


def settings_of(owner_url: str, role: str, folder: Path) -> StorageSettings:
    own = make_url(owner_url).set(username=role, password="of-a-test").render_as_string(hide_password=False)
    return StorageSettings(
        database_url=own,
        migration_database_url=owner_url,
        artifacts_dir=folder / "artifacts",
        instance="storage-test",
    )


@pytest.fixture
def settings(database_url: str, role: str, tmp_path: Path) -> StorageSettings:
    return settings_of(database_url, role, tmp_path)


@pytest_asyncio.fixture
async def database(settings: StorageSettings) -> AsyncIterator[Database]:
    database = Database(settings.database_url, name="test", connections=8)
    await database.start()
    yield database
    await database.stop()


class Tale:
    """One execution, told message by message."""

    def __init__(self, at: datetime | None = None) -> None:
        self.at = at or datetime.now(UTC)
        self.id = uuid7(int(self.at.timestamp() * 1000))
        self.facts: dict[str, Any] = {
            "project_id": PROJECT,
            "flow_id": FLOW,
            "flow_name": "order is paid",
            "flow_version": 3,
            "trigger_type": "api",
        }

    def request(self, **changes: Any) -> ExecutionRequested:
        known = {
            "execution_id": self.id,
            "body": {"digest": "d" * 64, "source": "name: order is paid"},
            "environment": "staging",
            "inputs": {"user": "ada"},
            "labels": {"branch": "main"},
            "requested_at": self.at,
            "start_by": self.at + timedelta(hours=1),
            "timeout_ms": 60_000,
        }
        return ExecutionRequested.model_validate(self.facts | known | changes)

    def cancel(self, **changes: Any) -> CancelExecution:
        known = {"execution_id": self.id, "reason": "wrong environment", "requested_at": self.at}
        return CancelExecution.model_validate(self.facts | known | changes)

    def upload(
        self, *steps: Message, status: str = "passed", digest: str = "a" * 64, **changes: Any
    ) -> ExecutionUploaded:
        """The result of a local run, told whole."""
        unknown = {"flow_id": None, "flow_version": None}
        known = {
            "execution_id": self.id,
            "project_id": PROJECT,
            "flow_name": "order is paid",
            "source_digest": "d" * 64,
            "environment": "staging",
            "trigger_type": "ci",
            "triggered_by": "local",
            "labels": {"branch": "main"},
            "status": status,
            "finished_at": self.at,
            "upload": {"digest": digest, "uploaded_at": self.at, "seed": 7},
            "events": [self.started(**unknown), *steps, self.finished(status, **unknown)],
        }
        return ExecutionUploaded.model_validate(known | changes)

    def pack(self, *events: Message, seq: int = 1, run: int = 1, fence: int = 7) -> ExecutionEvents:
        sequenced = [SequencedEvent(seq=seq + n, event=event) for n, event in enumerate(events)]
        return ExecutionEvents(execution_id=self.id, run=run, fence=fence, events=sequenced)

    def started(self, **changes: Any) -> ExecutionStarted:
        return ExecutionStarted.model_validate(self.facts | {"runner_id": "runner-1", "started_at": self.at} | changes)

    def step_started(self, number: int = 1) -> StepStarted:
        return StepStarted.model_validate(self._step(number))

    def step(self, number: int = 1, **changes: Any) -> StepFinished:
        known = {"status": "passed", "finished_at": self.at, "duration_ms": 1.5, "output": {"status": 200}}
        return StepFinished.model_validate(self._step(number) | known | changes)

    def finished(self, status: str = "passed", **changes: Any) -> ExecutionFinished:
        known = {"status": status, "finished_at": self.at, "duration_ms": 12.5, "step_counts": {"passed": 1}}
        return ExecutionFinished.model_validate(self.facts | known | changes)

    def _step(self, number: int) -> dict[str, Any]:
        return {
            "path": f"step{number}",
            "step_id": f"step{number}",
            "name": f"Step {number}",
            "action": "http_request",
            "phase": "steps",
            "number": number,
            "started_at": self.at,
        }


class House:
    """The folds as they are, each batch in a transaction of its own, and all that they say."""

    def __init__(self, settings: StorageSettings, database: Database, bus: Bus) -> None:
        self.settings, self.database, self.bus = settings, database, bus
        self.outbox = Outbox("executions")
        self.relay = Relay(database, bus, self.outbox)
        self.announcer = Announcer(bus, self.relay)
        self.requests_fold = RequestsFold(settings, self.outbox, self.announcer)
        self.control_fold = ControlFold(self.outbox, self.announcer)
        self.events_fold = EventsFold(settings, self.outbox, self.announcer)
        self.uploads_fold = UploadsFold(settings, self.outbox, self.announcer)

    async def requests(self, *messages: ExecutionRequested) -> None:
        await self._fold(self.requests_fold, REQUESTS["normal"], messages)

    async def control(self, *messages: Message) -> None:
        await self._fold(self.control_fold, CONTROL, messages)

    async def events(self, *messages: ExecutionEvents) -> None:
        await self._fold(self.events_fold, EVENTS, messages)

    async def uploads(self, *messages: ExecutionUploaded) -> None:
        await self._fold(self.uploads_fold, UPLOADS, messages)

    async def _fold(self, fold: Any, topic: Topic, messages: Sequence[Message]) -> None:
        batch = [Received(message, encode(topic, message), f"{n}-0") for n, message in enumerate(messages, 1)]
        async with self.database.transaction() as connection:
            after = await fold.apply(connection, batch)
        if after is not None:
            after()

    async def execution(self, tale: Tale) -> Any:
        return await self.row("SELECT * FROM executions.executions WHERE id = $1", tale.id)

    async def run(self, tale: Tale, run: int = 1) -> Any:
        return await self.row("SELECT * FROM executions.runs WHERE (execution_id, run) = ($1, $2)", tale.id, run)

    async def steps(self, tale: Tale) -> list[tuple[int, str, str]]:
        found = await self.rows(
            "SELECT run, path, status FROM executions.execution_steps WHERE execution_id = $1 ORDER BY 1, 2", tale.id
        )
        return [tuple(record) for record in found]

    async def results(self, tale: Tale) -> list[ExecutionCompleted]:
        """Results of the outbox: one, however often something ended."""
        found = await self.rows("SELECT type, body FROM executions.outbox WHERE execution = $1", tale.id)
        return [decode(RESULTS, Entry(record["type"], record["body"])) for record in found]

    async def said(self, topic: Topic, count: int) -> list[Message]:
        """What was said straight away, as soon as there is so much of it."""
        async with asyncio.timeout(10):
            while len(entries := await self.bus.client.xrange(topic.wire)) < count:
                await asyncio.sleep(0.01)
        return [decode(topic, read_entry(topic, fields)) for _, fields in entries]

    async def row(self, sql: str, *values: Any) -> Any:
        found = await self.rows(sql, *values)
        assert len(found) == 1, f"{len(found)} rows"
        return found[0]

    async def rows(self, sql: str, *values: Any) -> list[Any]:
        async with self.database.connection() as connection:
            return await connection.fetch(sql, *values)


@pytest_asyncio.fixture
async def house(settings: StorageSettings, database: Database, redis_url: str) -> AsyncIterator[House]:
    bus = Bus(redis_url, "storage", "storage-test")
    bus.says(RESULTS, CONTROL)
    house = House(settings, database, bus)
    await house.announcer.start()
    yield house
    await house.announcer.stop()
    await bus.client.aclose()


@pytest.fixture
def tell() -> type[Tale]:
    return Tale


@pytest.fixture
def project() -> UUID:
    return PROJECT
