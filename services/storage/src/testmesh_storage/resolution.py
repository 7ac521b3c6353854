"""What executions need to start: each flow and each environment read once, however many ask for it."""

from uuid import UUID

from testmesh_chassis.database import Database
from testmesh_contracts.flows import FlowSettings
from testmesh_contracts.queries import Resolution, ResolvedFlow, ResolvedItem, ResolveExecution, ResolveItem
from testmesh_storage.errors import EnvironmentNotFoundError, FlowNotFoundError
from testmesh_storage.repository.environments import Environments
from testmesh_storage.repository.flows import Flows
from testmesh_storage.sources import Bodies, Sources
from testmesh_storage.tables import EnvironmentRow, FlowRow


class Resolver:
    """Answers ResolveExecution."""

    def __init__(self, database: Database, sources: Sources) -> None:
        self._database = database
        self._sources = sources

    async def resolve(self, query: ResolveExecution) -> Resolution:
        """Return one item for each that was asked; an item that cannot start says why."""
        async with self._database.session() as session:
            wanted = {item.flow_id for item in query.items if item.flow_id is not None}
            flows = await Flows(session).find_many(query.project_id, wanted)
            named = {name for item in query.items if (name := _environment(item, flows)) is not None}
            environments = await Environments(session).find_named(query.project_id, named)
        bodies = Bodies(self._sources)
        return Resolution(items=[await _resolved(item, flows, environments, bodies) for item in query.items])


async def _resolved(
    item: ResolveItem, flows: dict[UUID, FlowRow], environments: dict[str, EnvironmentRow], bodies: Bodies
) -> ResolvedItem:
    if item.flow_id is not None and item.flow_id not in flows:
        return _refused(FlowNotFoundError(item.flow_id))
    name = _environment(item, flows)
    if name is not None and name not in environments:
        return _refused(EnvironmentNotFoundError(name))
    return ResolvedItem(
        flow=None if item.flow_id is None else await _flow(flows[item.flow_id], bodies),
        environment=name,
        variables={} if name is None else environments[name].variables,
    )


async def _flow(row: FlowRow, bodies: Bodies) -> ResolvedFlow:
    inputs = row.definition.get("inputs")
    return ResolvedFlow(
        flow_id=row.id,
        name=row.name,
        version=row.version,
        body=await bodies.body(row.digest, row.source),
        settings=FlowSettings.model_validate(row.settings),
        inputs=inputs if isinstance(inputs, dict) else {},
    )


def _refused(reason: FlowNotFoundError | EnvironmentNotFoundError) -> ResolvedItem:
    return ResolvedItem(error_code=reason.code, error_message=reason.message)


def _environment(item: ResolveItem, flows: dict[UUID, FlowRow]) -> str | None:
    """Return the environment that the caller names, else the flow's own."""
    if item.environment is not None or item.flow_id not in flows:
        return item.environment
    return flows[item.flow_id].environment
