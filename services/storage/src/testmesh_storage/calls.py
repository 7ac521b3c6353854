"""Which flows an execution calls, each pinned to its latest version; cycles are refused."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from testmesh_chassis.database import Connection
from testmesh_contracts.executions import MOST_CALLED, CalledFlow
from testmesh_storage.errors import CalledFlowNotFoundError, CallError, FlowsCallOneAnotherError, TooManyCallsError
from testmesh_storage.repository import called
from testmesh_storage.repository.called import CallableFlow, CalledSource
from testmesh_storage.repository.startable import StartableFlow
from testmesh_storage.sources import Bodies

MOST_READ = 10 * MOST_CALLED
"""Flows that are looked at for one question, however many executions it asks for."""


@dataclass(slots=True)
class CallableFlows:
    """The flows of a project that some executions may call, by id and by name."""

    by_id: dict[UUID, CallableFlow] = field(default_factory=dict)
    by_name: dict[str, CallableFlow] = field(default_factory=dict)
    is_cut: bool = False
    """Whether there are more than were read."""
    sources: dict[UUID, CalledSource] = field(default_factory=dict)
    """Of each of them, unless there are more: then not all can be pinned."""

    def find(self, target: str) -> CallableFlow | None:
        """Return the flow that is meant by an id, or else by a name."""
        known = _as_id(target)
        return (None if known is None else self.by_id.get(known)) or self.by_name.get(target)

    def add(self, flows: Iterable[CallableFlow]) -> list[CallableFlow]:
        """Keep flows, and return those that were not known."""
        new = [flow for flow in flows if flow.id not in self.by_id]
        self.by_id.update((flow.id, flow) for flow in new)
        self.by_name.update((flow.name, flow) for flow in new)
        return new


async def read_callable(
    connection: Connection, project_id: UUID, targets: Collection[str], executions: int
) -> CallableFlows:
    """Read the flows of these names and ids, and all that they call, level by level; no more than can be pinned."""
    most = min(executions * (MOST_CALLED + 1), MOST_READ)  # one more: in a circle, the caller is called
    known, seen, wanted = CallableFlows(), set[str](), set(targets)
    while wanted and not known.is_cut:
        seen |= wanted
        ids = [found for target in wanted if (found := _as_id(target)) is not None]
        new = known.add(await called.flows(connection, project_id, wanted, ids, most + 1))
        known.is_cut = len(known.by_id) > most
        wanted = {target for flow in new for target in flow.calls.values()} - seen
    if not known.is_cut:
        known.sources = await called.sources(connection, {flow.id: flow.version for flow in known.by_id.values()})
    return known


def _as_id(target: str) -> UUID | None:
    try:
        return UUID(target)
    except ValueError:
        return None


class Pinning:
    """Pins what one execution calls. Each flow is there once, whoever calls it."""

    def __init__(self, known: CallableFlows, caller: StartableFlow | None) -> None:
        self._known = known
        self._chain: list[StartableFlow | CallableFlow] = [] if caller is None else [caller]
        self._places: dict[UUID, int] = {}
        self._flows: list[CallableFlow] = []
        self._calls: list[dict[str, int]] = []

    def pin(self, calls: Mapping[str, str]) -> dict[str, int]:
        """Return the place of each flow that the execution's own flow calls.

        Raises:
            CallError: one is not there, or calls one that calls it.
        """
        found = {}
        for call, target in calls.items():
            try:
                found[call] = self._place(target, self._chain)
            except CallError as error:
                error.call = call
                raise
        return found

    async def called(self, bodies: Bodies) -> list[CalledFlow]:
        """Return all that was pinned, in the order of the places."""
        return [
            CalledFlow(
                name=flow.name,
                flow_id=flow.id,
                version=flow.version,
                body=await bodies.body(source.digest, source.source),
                files=source.files,
                calls=calls,
            )
            for flow, calls in zip(self._flows, self._calls, strict=True)
            for source in (self._known.sources[flow.id],)
        ]

    def _place(self, target: str, chain: Sequence[StartableFlow | CallableFlow]) -> int:
        flow = self._known.find(target)
        names = [above.name for above in chain]
        if flow is None:
            raise TooManyCallsError(MOST_CALLED) if self._known.is_cut else CalledFlowNotFoundError(target, names)
        if any(above.id == flow.id for above in chain):
            raise FlowsCallOneAnotherError([*names, flow.name])
        if flow.id not in self._places:
            if len(self._flows) == MOST_CALLED:
                raise TooManyCallsError(MOST_CALLED)
            place = self._places[flow.id] = len(self._flows)
            self._flows.append(flow)
            self._calls.append({})
            self._calls[place] = {call: self._place(inner, [*chain, flow]) for call, inner in flow.calls.items()}
        return self._places[flow.id]
