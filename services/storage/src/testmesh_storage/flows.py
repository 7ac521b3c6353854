"""Flows: created, changed by versions, taken out of use; read by id or name."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid5

from testmesh_chassis.database import Database
from testmesh_contracts.flows import CreateFlow, DeleteFlow, FlowDeleted, FlowDraft, FlowSaved, FlowView, UpdateFlow
from testmesh_contracts.queries import FlowList, FlowVersionList, GetFlow, ListFlows, ListFlowVersions
from testmesh_storage.commands import Work, unique
from testmesh_storage.errors import FlowNameTakenError, FlowNotFoundError, VersionStaleError
from testmesh_storage.repository import flow_views
from testmesh_storage.repository.flows import Flows
from testmesh_storage.sources import Sources


class FlowCommands:
    """What can be done to a flow."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    async def create(self, command: CreateFlow, work: Work) -> FlowView:
        """Keep a new flow as version 1."""
        moment = datetime.now(UTC)
        flow = FlowView(
            id=command.flow_id,
            project_id=command.project_id,
            version=1,
            created_at=moment,
            updated_at=moment,
            created_by=command.principal,
            **_drafted(command.draft),
        )
        return await self._save(flow, command, work)

    async def update(self, command: UpdateFlow, work: Work) -> FlowView:
        """Make the draft the next version, if nobody else made one since it was read."""
        current = await _current(work, command)
        flow = FlowView(
            id=current.id,
            project_id=current.project_id,
            version=current.version + 1,
            created_at=current.created_at,
            updated_at=datetime.now(UTC),
            created_by=current.created_by,
            **_drafted(command.draft),
        )
        return await self._save(flow, command, work)

    async def delete(self, command: DeleteFlow, work: Work) -> None:
        """Take a flow out of use; its executions and versions stay, its name is free again."""
        flow = await _current(work, command)
        moment = datetime.now(UTC)
        await Flows(work.session).remove(flow.id, moment)
        await work.tell(
            FlowDeleted(
                event_id=uuid5(flow.id, "flow.deleted"),
                project_id=flow.project_id,
                flow_id=flow.id,
                name=flow.name,
                deleted_by=command.principal,
                at=moment,
            )
        )

    async def _save(self, flow: FlowView, command: CreateFlow | UpdateFlow, work: Work) -> FlowView:
        await self._sources.keep_large(flow.source)
        async with unique(FlowNameTakenError(flow.name)):
            await Flows(work.session).save(flow, command.draft.settings, command.principal)
        await work.tell(
            FlowSaved(
                event_id=uuid5(flow.id, f"flow.saved/{flow.version}"),
                project_id=flow.project_id,
                flow_id=flow.id,
                name=flow.name,
                version=flow.version,
                digest=flow.digest,
                saved_by=command.principal,
                at=flow.updated_at,
            )
        )
        return flow


class FlowQueries:
    """Answers questions about flows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, query: GetFlow) -> FlowView:
        """Return a flow, in its latest version or in the one that is asked for."""
        if query.flow_id is not None and query.version is None:
            async with self._database.connection() as connection:
                found = await flow_views.find(connection, query.project_id, query.flow_id)
            if found is None:
                raise FlowNotFoundError(query.flow_id)
            return found
        async with self._database.session() as session:
            repository = Flows(session)
            flow = await _asked(repository, query)
            if query.version is None or query.version == flow.version:
                return flow
            return await repository.get_version(flow, query.version)

    async def list(self, query: ListFlows) -> FlowList:
        async with self._database.session() as session:
            items, total = await Flows(session).page(
                query.project_id,
                name=query.name,
                suite=query.suite,
                tag=query.tag,
                after=query.after,
                limit=query.limit,
            )
        return FlowList(items=items, total_estimate=total)

    async def list_versions(self, query: ListFlowVersions) -> FlowVersionList:
        async with self._database.session() as session:
            repository = Flows(session)
            flow = await repository.get(query.project_id, query.flow_id)
            return FlowVersionList(items=await repository.versions(flow.id))


async def _asked(repository: Flows, query: GetFlow) -> FlowView:
    if query.flow_id is not None:
        return await repository.get(query.project_id, query.flow_id)
    if query.name is not None:
        return await repository.get_named(query.project_id, query.name)
    raise FlowNotFoundError("without id and name")


async def _current(work: Work, command: UpdateFlow | DeleteFlow) -> FlowView:
    current = await Flows(work.session).get(command.project_id, command.flow_id, to_change=True)
    if current.version != command.expected_version:
        raise VersionStaleError(f"flow {current.id}", command.expected_version, current.version)
    return current


def _drafted(draft: FlowDraft) -> dict[str, Any]:
    """Return what a flow has of its draft."""
    return draft.model_dump(exclude={"settings"}) | {"environment": draft.settings.environment}
