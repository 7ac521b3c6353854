"""A gateway on a real database and a real stream server; storage is a small process of the tests."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
import pytest_asyncio
from sqlalchemy.engine import make_url

from testmesh_api.config import ApiSettings
from testmesh_api.gateway import Gateway
from testmesh_api.main import MIGRATIONS, SCHEMAS
from testmesh_api.subscribers import declare
from testmesh_api.wiring import create_app
from testmesh_chassis.bus import Bus
from testmesh_chassis.errors import FaultError
from testmesh_chassis.migrations import migrate
from testmesh_chassis.testing.servers import Servers
from testmesh_chassis.testing.templates import template_database
from testmesh_contracts import event_id, queries
from testmesh_contracts.executions import INLINE_BODY_BYTES, ExecutionCompleted, ExecutionView, FlowBody, LogView
from testmesh_contracts.flows import (
    CreateEnvironment,
    CreateFlow,
    DeleteEnvironment,
    DeleteFlow,
    EnvironmentView,
    FlowDraft,
    FlowSummary,
    FlowVersionView,
    FlowView,
    UpdateEnvironment,
    UpdateFlow,
)
from testmesh_contracts.topics import RESULTS, STORAGE_COMMANDS, STORAGE_QUERIES

FLOW = "name: checkout\nsteps:\n  - action: log\n    config: {message: hello}\n"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class MemoryStorage:
    """Answers like storage, from memory; what it was asked is kept."""

    flows: dict[UUID, tuple[FlowView, FlowDraft]] = field(default_factory=dict)
    environments: dict[UUID, EnvironmentView] = field(default_factory=dict)
    executions: dict[UUID, ExecutionView] = field(default_factory=dict)
    logs: dict[UUID, list[LogView]] = field(default_factory=dict)
    artifacts: dict[UUID, queries.ArtifactPlace] = field(default_factory=dict)
    longest_page: int = 1000
    event_cursor: str | None = None
    inbox: dict[UUID, Any] = field(default_factory=dict)
    asked: list[Any] = field(default_factory=list)
    away: asyncio.Event | None = None
    """Set when it is back; until then it takes commands and answers none."""
    slow: asyncio.Event | None = None
    """Set when the answer about an execution may leave that was found when the question came."""

    async def change(self, command: Any) -> Any:
        self.asked.append(command)
        if self.away is not None:
            await self.away.wait()
        if command.command_id not in self.inbox:
            self.inbox[command.command_id] = self._applied(command)
        return self.inbox[command.command_id]

    async def tell(self, question: Any) -> Any:
        self.asked.append(question)
        slow = self.slow if isinstance(question, queries.GetExecution) else None
        try:
            return self._told(question)
        finally:
            if slow is not None:
                await slow.wait()

    def _told(self, question: Any) -> Any:
        match question:
            case queries.GetFlow():
                return self._flow(question.flow_id)[0]
            case queries.ListFlows():
                page = self._page([view for view, _ in self.flows.values()], question)
                kept = set(FlowSummary.model_fields)
                items = [FlowSummary(**view.model_dump(include=kept)) for view in page]
                return queries.FlowList(items=items, total_estimate=len(self.flows))
            case queries.ListFlowVersions():
                view, _ = self._flow(question.flow_id)
                one = FlowVersionView(version=view.version, digest=view.digest, created_at=NOW)
                return queries.FlowVersionList(items=[one])
            case queries.GetEnvironment():
                return self._environment(question.environment_id)
            case queries.ListEnvironments():
                page = self._page(list(self.environments.values()), question)
                return queries.EnvironmentList(items=page, total_estimate=len(self.environments))
            case queries.ResolveExecution():
                return queries.Resolution(items=[self._resolved(item) for item in question.items])
            case queries.GetExecution():
                return self._execution(question.execution_id)
            case queries.ListSteps():
                steps = self._execution(question.execution_id).steps
                after = (question.after_run, question.after_number)
                left = [step for step in steps if (step.run, step.step_number) > after]
                return queries.StepList(items=left[: question.limit])
            case queries.ListLogs():
                self._execution(question.execution_id)
                after = (question.after_run, question.after_seq)
                lines = [line for line in self.logs[question.execution_id] if (line.run, line.seq) > after]
                shown = lines[: min(question.limit, self.longest_page)]
                return queries.LogList(items=shown, more=len(shown) < len(lines), event_cursor=self.event_cursor)
            case queries.ListArtifacts() | queries.GetArtifact():
                return self._files(question)
            case queries.ListExecutions():
                page = self._page(list(self.executions.values()), question)
                total = len(self.executions)
                return queries.ExecutionList(items=page, total_estimate=total, event_cursor=self.event_cursor)
        raise AssertionError(question)

    def _files(self, question: queries.ListArtifacts | queries.GetArtifact) -> Any:
        if isinstance(question, queries.GetArtifact):
            if question.artifact_id not in self.artifacts:
                raise FaultError("artifact_not_found", f"no artifact {question.artifact_id}")
            return self.artifacts[question.artifact_id]
        self._execution(question.execution_id)
        kept = sorted((place.artifact for place in self.artifacts.values()), key=lambda view: view.id)
        of_it = [view for view in kept if view.execution_id == question.execution_id]
        left = [view for view in of_it if question.after is None or view.id > question.after]
        shown = [view for view in left if question.step in (None, view.path)]
        return queries.ArtifactList(items=shown[: question.limit])

    def _applied(self, command: Any) -> Any:
        match command:
            case CreateFlow():
                return self._kept_flow(command.flow_id, command, 1)
            case UpdateFlow():
                return self._kept_flow(
                    command.flow_id, command, self._checked(self._flow, command.flow_id, command) + 1
                )
            case DeleteFlow():
                self._checked(self._flow, command.flow_id, command)
                del self.flows[command.flow_id]
            case CreateEnvironment():
                return self._kept_environment(command, 1)
            case UpdateEnvironment():
                version = self._checked(self._environment, command.environment_id, command)
                return self._kept_environment(command, version + 1)
            case DeleteEnvironment():
                self._checked(self._environment, command.environment_id, command)
                del self.environments[command.environment_id]
        return None

    def _checked(self, find: Any, found_id: UUID, command: Any) -> int:
        found = find(found_id)
        version: int = (found[0] if isinstance(found, tuple) else found).version
        if version != command.expected_version:
            raise FaultError("version_stale", "stale", current=version)
        return version

    def _kept_flow(self, flow_id: UUID, command: Any, version: int) -> FlowView:
        draft: FlowDraft = command.draft
        if any(view.name == draft.name and found != flow_id for found, (view, _) in self.flows.items()):
            raise FaultError("flow_name_taken", f"a flow {draft.name!r} exists")
        view = FlowView(
            id=flow_id,
            project_id=command.project_id,
            name=draft.name,
            version=version,
            digest=draft.digest,
            created_at=NOW,
            updated_at=NOW,
            source=draft.source,
            definition=draft.definition,
            files=draft.files,
            calls=draft.calls,
        )
        self.flows[flow_id] = view, draft
        return view

    def _kept_environment(self, command: Any, version: int) -> EnvironmentView:
        names = [view.name for found, view in self.environments.items() if found != command.environment_id]
        if command.name in names:
            raise FaultError("environment_name_taken", f"an environment {command.name!r} exists")
        view = EnvironmentView(
            id=command.environment_id,
            project_id=command.project_id,
            name=command.name,
            description=command.description,
            variables=command.variables,
            egress=command.egress,
            version=version,
            created_at=NOW,
            updated_at=NOW,
        )
        self.environments[view.id] = view
        return view

    def _resolved(self, item: queries.ResolveItem) -> queries.ResolvedItem:
        named = {view.name: view for view in self.environments.values()}
        if item.environment is not None and item.environment not in named:
            return queries.ResolvedItem(error_code="environment_not_found", error_message="no such environment")
        variables = named[item.environment].variables if item.environment else {}
        egress = named[item.environment].egress if item.environment else None
        if item.flow_id is None:
            return queries.ResolvedItem(environment=item.environment, variables=variables, egress=egress)
        if item.flow_id not in self.flows:
            return queries.ResolvedItem(error_code="flow_not_found", error_message="no such flow")
        view, draft = self.flows[item.flow_id]
        source = draft.source if len(draft.source) <= INLINE_BODY_BYTES else None
        flow = queries.ResolvedFlow(
            flow_id=view.id,
            name=view.name,
            version=view.version,
            body=FlowBody(digest=draft.digest, source=source),
            settings=draft.settings,
            inputs=draft.definition.get("inputs", {}),
        )
        return queries.ResolvedItem(flow=flow, environment=item.environment, variables=variables, egress=egress)

    def _flow(self, flow_id: UUID) -> tuple[FlowView, FlowDraft]:
        if flow_id not in self.flows:
            raise FaultError("flow_not_found", f"no flow {flow_id}")
        return self.flows[flow_id]

    def _environment(self, environment_id: UUID) -> EnvironmentView:
        if environment_id not in self.environments:
            raise FaultError("environment_not_found", f"no environment {environment_id}")
        return self.environments[environment_id]

    def _execution(self, execution_id: UUID) -> ExecutionView:
        if execution_id not in self.executions:
            raise FaultError("execution_not_found", f"no execution {execution_id}")
        return self.executions[execution_id]

    def _page(self, views: Sequence[Any], question: queries.Page) -> list[Any]:
        found = sorted(views, key=lambda view: view.id, reverse=True)
        return [view for view in found if question.after is None or view.id < question.after][: question.limit]


@dataclass
class Api:
    """A running gateway and what is around it."""

    client: httpx.AsyncClient
    gateway: Gateway
    storage: MemoryStorage
    storage_bus: Bus
    owner: asyncpg.Connection

    async def create_flow(self, source: str = FLOW, **headers: str) -> dict[str, Any]:
        said = {"content-type": "application/yaml", **headers}
        answer = await self.client.post("/api/v1/flows", content=source, headers=said)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def outbox(self, execution_id: str) -> list[str]:
        async with self.gateway.database.connection() as connection:
            return [row.entry.type for row in await self.gateway.outbox.find(connection, UUID(execution_id))]

    async def finish(self, execution_id: str, status: str = "passed") -> None:
        """Let storage know the execution as finished, and say so."""
        known = self.storage.executions.get(UUID(execution_id))
        pending = known or await self.gateway.lookup.get(_anyone(), UUID(execution_id))
        self.storage.executions[pending.id] = pending.model_copy(update={"status": status, "finished_at": NOW})
        message = ExecutionCompleted(
            event_id=event_id("execution.completed", pending.id),
            execution_id=pending.id,
            project_id=pending.project_id,
            flow_name=pending.flow_name,
            trigger_type=pending.trigger_type,
            status=status,
            finished_at=NOW,
        )
        await self.storage_bus.say(RESULTS, message)

    async def rows(self, query: str, *values: Any) -> list[Any]:
        found: list[Any] = await self.owner.fetch(query, *values)
        return found


def _anyone() -> Any:
    from testmesh_api.principals import DEFAULT_PROJECT, Principal

    return Principal("local", DEFAULT_PROJECT)


@pytest.fixture(scope="session")
def role() -> str:
    return f"api_{secrets.token_hex(4)}"


@pytest.fixture(scope="session")
def database_template(servers: Servers, role: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The gateway's tables, made once by its own migration: each test gets a copy."""

    def prepare(owner_url: str) -> None:
        folder = tmp_path_factory.mktemp("template")
        migrate(settings_of(owner_url, role, servers.redis_url, folder), SCHEMAS, MIGRATIONS)

    with template_database(servers.postgres_url, prepare) as name:
        yield name


def settings_of(owner_url: str, role: str, redis_url: str, folder: Path) -> ApiSettings:
    own = make_url(owner_url).set(username=role, password="of-a-test").render_as_string(hide_password=False)
    return ApiSettings(
        database_url=own,
        migration_database_url=owner_url,
        redis_url=redis_url,
        artifacts_dir=folder / "artifacts",
        instance="api-test",
    )


@pytest.fixture
def settings(database_url: str, role: str, redis_url: str, tmp_path: Path) -> ApiSettings:
    return settings_of(database_url, role, redis_url, tmp_path)


@pytest_asyncio.fixture
async def api(settings: ApiSettings) -> AsyncIterator[Api]:
    storage = MemoryStorage()
    storage_bus = Bus(settings.redis_url, "storage", "storage-test")
    storage_bus.says(RESULTS)
    storage_bus.answer(STORAGE_COMMANDS, storage.change)
    storage_bus.answer(STORAGE_QUERIES, storage.tell)
    gateway = Gateway.of(settings)
    declare(gateway.bus, gateway.results)
    app = create_app()
    app.state.gateway = gateway
    parts = [storage_bus, gateway.database, gateway.bus, gateway.relay]
    for part in parts:
        await part.start()
    gateway.health.started = True
    owner = await asyncpg.connect(str(settings.migration_database_url))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api", timeout=30) as client:
        yield Api(client, gateway, storage, storage_bus, owner)
    for part in reversed(parts):
        await part.stop()
    await owner.close()
