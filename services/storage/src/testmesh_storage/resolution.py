"""What executions need to start: each flow and each environment read once, however many ask for it."""

from dataclasses import dataclass
from uuid import UUID

from testmesh_chassis.database import Database
from testmesh_chassis.errors import FaultError
from testmesh_contracts.queries import Resolution, ResolvedFlow, ResolvedItem, ResolveExecution, ResolveItem
from testmesh_storage.calls import CallableFlows, Pinning, read_callable
from testmesh_storage.errors import AnswerTooLargeError, CallError, EnvironmentNotFoundError, FlowNotFoundError
from testmesh_storage.repository import startable
from testmesh_storage.repository.startable import StartableFlow, StartableIn
from testmesh_storage.sources import Bodies, Sources


class Resolver:
    """Answers ResolveExecution."""

    def __init__(self, database: Database, sources: Sources) -> None:
        self._database = database
        self._sources = sources

    async def resolve(self, query: ResolveExecution) -> Resolution:
        """Return one item for each that was asked; an item that cannot start says why.

        Raises:
            AnswerTooLargeError: together they call more flows than are looked at for one question.
        """
        async with self._database.connection() as connection:
            wanted = {item.flow_id for item in query.items if item.flow_id is not None}
            flows = await startable.flows(connection, query.project_id, wanted)
            named = {name for item in query.items if (name := _environment(item, flows)) is not None}
            environments = await startable.environments(connection, query.project_id, named)
            targets = {target for item in query.items for target in _calls(item, flows).values()}
            known = await read_callable(connection, query.project_id, targets, len(query.items))
        if known.is_cut and len(query.items) > 1:
            raise AnswerTooLargeError(len(query.items))
        found = _Found(flows, environments, known, Bodies(self._sources))
        return Resolution(items=[await found.item(item) for item in query.items])


@dataclass(frozen=True, slots=True)
class _Found:
    """What was read for one question."""

    flows: dict[UUID, StartableFlow]
    environments: dict[str, StartableIn]
    known: CallableFlows
    bodies: Bodies

    async def item(self, item: ResolveItem) -> ResolvedItem:
        flow = None if item.flow_id is None else self.flows.get(item.flow_id)
        if item.flow_id is not None and flow is None:
            return _refused(FlowNotFoundError(item.flow_id))
        name = _environment(item, self.flows)
        environment = None if name is None else self.environments.get(name)
        if name is not None and environment is None:
            return _refused(EnvironmentNotFoundError(name))
        pinning = Pinning(self.known, flow)
        try:
            calls = pinning.pin(_calls(item, self.flows))
        except CallError as error:
            return _refused(error, error.call)
        return ResolvedItem(
            flow=None if flow is None else await self._flow(flow),
            environment=name,
            variables={} if environment is None else environment.variables,
            egress=None if environment is None else environment.egress,
            calls=calls,
            called=await pinning.called(self.bodies.called()),
        )

    async def _flow(self, flow: StartableFlow) -> ResolvedFlow:
        return ResolvedFlow(
            flow_id=flow.id,
            name=flow.name,
            version=flow.version,
            body=await self.bodies.body(flow.source_digest, flow.source),
            settings=flow.settings,
            inputs=flow.inputs,
            files=flow.files,
        )


def _refused(reason: FaultError, call: str | None = None) -> ResolvedItem:
    return ResolvedItem(error_code=reason.code, error_message=reason.message, error_call=call)


def _calls(item: ResolveItem, flows: dict[UUID, StartableFlow]) -> dict[str, str]:
    """Return what is called: by the stored flow, or as asked for a flow that was brought."""
    if item.flow_id is None:
        return {target: target for target in item.calls}
    return flows[item.flow_id].calls if item.flow_id in flows else {}


def _environment(item: ResolveItem, flows: dict[UUID, StartableFlow]) -> str | None:
    """Return the environment that the caller names, else the flow's own."""
    if item.environment is not None or item.flow_id not in flows:
        return item.environment
    return flows[item.flow_id].settings.environment
