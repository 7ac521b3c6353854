"""What executions need to start: each flow and each environment read once, however many ask for it."""

from uuid import UUID

from testmesh_chassis.database import Database
from testmesh_contracts.message import JsonObject
from testmesh_contracts.queries import Resolution, ResolvedFlow, ResolvedItem, ResolveExecution, ResolveItem
from testmesh_storage.errors import EnvironmentNotFoundError, FlowNotFoundError
from testmesh_storage.repository import startable
from testmesh_storage.repository.startable import StartableFlow
from testmesh_storage.sources import Bodies, Sources


class Resolver:
    """Answers ResolveExecution."""

    def __init__(self, database: Database, sources: Sources) -> None:
        self._database = database
        self._sources = sources

    async def resolve(self, query: ResolveExecution) -> Resolution:
        """Return one item for each that was asked; an item that cannot start says why."""
        async with self._database.connection() as connection:
            wanted = {item.flow_id for item in query.items if item.flow_id is not None}
            flows = await startable.flows(connection, query.project_id, wanted)
            named = {name for item in query.items if (name := _environment(item, flows)) is not None}
            variables = await startable.variables(connection, query.project_id, named)
        bodies = Bodies(self._sources)
        return Resolution(items=[await _resolved(item, flows, variables, bodies) for item in query.items])


async def _resolved(
    item: ResolveItem, flows: dict[UUID, StartableFlow], variables: dict[str, JsonObject], bodies: Bodies
) -> ResolvedItem:
    if item.flow_id is not None and item.flow_id not in flows:
        return _refused(FlowNotFoundError(item.flow_id))
    name = _environment(item, flows)
    if name is not None and name not in variables:
        return _refused(EnvironmentNotFoundError(name))
    return ResolvedItem(
        flow=None if item.flow_id is None else await _flow(flows[item.flow_id], bodies),
        environment=name,
        variables={} if name is None else variables[name],
    )


async def _flow(flow: StartableFlow, bodies: Bodies) -> ResolvedFlow:
    return ResolvedFlow(
        flow_id=flow.id,
        name=flow.name,
        version=flow.version,
        body=await bodies.body(flow.digest, flow.source),
        settings=flow.settings,
        inputs=flow.inputs,
    )


def _refused(reason: FlowNotFoundError | EnvironmentNotFoundError) -> ResolvedItem:
    return ResolvedItem(error_code=reason.code, error_message=reason.message)


def _environment(item: ResolveItem, flows: dict[UUID, StartableFlow]) -> str | None:
    """Return the environment that the caller names, else the flow's own."""
    if item.environment is not None or item.flow_id not in flows:
        return item.environment
    return flows[item.flow_id].settings.environment
