"""Flows: created, changed by versions, taken out of use; read by id or name."""

from datetime import UTC, datetime
from uuid import UUID, uuid5

from testmesh_chassis.database import Database
from testmesh_contracts.flows import CreateFlow, DeleteFlow, FlowDeleted, FlowSaved, FlowView, UpdateFlow
from testmesh_contracts.queries import FlowList, FlowVersionList, GetFlow, ListFlows, ListFlowVersions
from testmesh_storage.commands import Work, unique
from testmesh_storage.errors import FlowNameTakenError, FlowNotFoundError, VersionStaleError
from testmesh_storage.repository import flows
from testmesh_storage.repository.flows import Flows
from testmesh_storage.sources import Sources
from testmesh_storage.tables import FlowRow


class FlowCommands:
    """What can be done to a flow."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    async def create(self, command: CreateFlow, work: Work) -> FlowView:
        """Keep a new flow as version 1."""
        row = flows.new_row(command.flow_id, command.project_id, command.draft, command.principal, _now())
        Flows(work.session).add(row)
        return await self._save(row, command, work)

    async def update(self, command: UpdateFlow, work: Work) -> FlowView:
        """Make the draft the next version, if nobody else made one since it was read."""
        row = await _current(work, command)
        flows.change_row(row, command.draft, _now())
        return await self._save(row, command, work)

    async def delete(self, command: DeleteFlow, work: Work) -> None:
        """Take a flow out of use; its executions and versions stay, its name is free again."""
        row = await _current(work, command)
        row.deleted_at = _now()
        await work.session.flush()
        await work.tell(
            FlowDeleted(
                event_id=uuid5(row.id, "flow.deleted"),
                project_id=row.project_id,
                flow_id=row.id,
                name=row.name,
                deleted_by=command.principal,
                at=row.deleted_at,
            )
        )

    async def _save(self, row: FlowRow, command: CreateFlow | UpdateFlow, work: Work) -> FlowView:
        await self._sources.keep_large(row.digest, row.source)
        async with unique(FlowNameTakenError(row.name)):
            await Flows(work.session).keep_version(row, command.principal)
        await work.tell(
            FlowSaved(
                event_id=uuid5(row.id, f"flow.saved/{row.version}"),
                project_id=row.project_id,
                flow_id=row.id,
                name=row.name,
                version=row.version,
                digest=row.digest,
                saved_by=command.principal,
                at=row.updated_at,
            )
        )
        return flows.view(row)


class FlowQueries:
    """Answers questions about flows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, query: GetFlow) -> FlowView:
        """Return a flow by id or name, as it is or as it was in a version."""
        async with self._database.session() as session:
            repository = Flows(session)
            row = await _asked(repository, query)
            if query.version is None or query.version == row.version:
                return flows.view(row)
            version = await repository.find_version(row.id, query.version)
            if version is None:
                raise FlowNotFoundError(row.id, query.version)
            return flows.view_of_version(row, version)

    async def list(self, query: ListFlows) -> FlowList:
        async with self._database.session() as session:
            rows, total = await Flows(session).page(
                query.project_id,
                name=query.name,
                suite=query.suite,
                tag=query.tag,
                after=query.after,
                limit=query.limit,
            )
            return FlowList(items=[flows.summary(row) for row in rows], total_estimate=total)

    async def list_versions(self, query: ListFlowVersions) -> FlowVersionList:
        async with self._database.session() as session:
            repository = Flows(session)
            if await repository.find(query.project_id, query.flow_id) is None:
                raise FlowNotFoundError(query.flow_id)
            rows = await repository.versions(query.flow_id)
            return FlowVersionList(items=[flows.version_view(row) for row in rows])


async def _asked(repository: Flows, query: GetFlow) -> FlowRow:
    row: FlowRow | None = None
    if query.flow_id is not None:
        row = await repository.find(query.project_id, query.flow_id)
    elif query.name is not None:
        row = await repository.find_named(query.project_id, query.name)
    if row is None:
        raise FlowNotFoundError(query.flow_id or query.name or "without id and name")
    return row


async def _current(work: Work, command: UpdateFlow | DeleteFlow) -> FlowRow:
    row = await Flows(work.session).find(command.project_id, command.flow_id, lock=True)
    if row is None:
        raise FlowNotFoundError(command.flow_id)
    if row.version != command.expected_version:
        raise VersionStaleError(_named(row.id), command.expected_version, row.version)
    return row


def _named(flow_id: UUID) -> str:
    return f"flow {flow_id}"


def _now() -> datetime:
    return datetime.now(UTC)
