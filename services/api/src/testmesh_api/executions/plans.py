"""What orders come to: each distinct flow checked or resolved once, however many items name it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from testmesh_api.errors import Fault, FlowSourceError, ItemsRefusedError
from testmesh_api.executions.inputs import declared_by
from testmesh_api.executions.orders import ExecutionOrder
from testmesh_api.flow_bodies import FlowBodies
from testmesh_api.flow_sources import Source, check_source, settings_of, source_of
from testmesh_api.owners import Owner
from testmesh_chassis.errors import FaultError
from testmesh_contracts.executions import FlowBody
from testmesh_contracts.flows import FlowSettings
from testmesh_contracts.queries import Resolution, ResolvedItem, ResolveExecution, ResolveItem

MOST_FAULTS = 100


@dataclass(frozen=True, slots=True)
class Inline:
    """A flow that came with its order, checked."""

    name: str
    body: FlowBody
    settings: FlowSettings
    inputs: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """All that an order's execution needs but what is its own."""

    flow_id: UUID | None
    flow_name: str
    flow_version: int | None
    body: FlowBody
    settings: FlowSettings
    inputs: Mapping[str, Any]
    environment: str | None
    variables: dict[str, Any]


class Planner:
    """Turns orders into plans with one question to storage, or refuses them with every fault."""

    def __init__(self, storage: Owner, bodies: FlowBodies) -> None:
        self._storage = storage
        self._bodies = bodies

    async def plans_of(self, project_id: UUID, orders: Sequence[ExecutionOrder], places: Sequence[str]) -> list[Plan]:
        """Return a plan an order; `places` says where in the body each order stands.

        Raises:
            ItemsRefusedError: some order names what is not there, or brings a flow that is none.
        """
        inlines = await self._inlines(orders, places)
        asked = [_question(order, inline) for order, inline in zip(orders, inlines, strict=True)]
        resolved = await self._resolve(project_id, asked)
        faults: list[Fault] = []
        plans: dict[tuple[UUID | None, str | None, int], Plan] = {}
        found: list[Plan] = []
        for order, inline, item, place in zip(orders, inlines, asked, places, strict=True):
            answer = resolved[item.flow_id, item.environment]
            if answer.error_code is not None:
                member = "/flow_id" if answer.error_code.startswith("flow") and order.flow_id else "/environment"
                faults.append(Fault(place + member, answer.error_message or answer.error_code, answer.error_code))
                continue
            key = (item.flow_id, item.environment, id(inline))
            if key not in plans:
                plans[key] = _plan(inline, answer, item)
            found.append(plans[key])
        if faults:
            raise ItemsRefusedError(faults[:MOST_FAULTS])
        return found

    async def _inlines(self, orders: Sequence[ExecutionOrder], places: Sequence[str]) -> list[Inline | None]:
        checked: dict[str, Inline] = {}
        faults: list[Fault] = []
        found: list[Inline | None] = []
        for order, place in zip(orders, places, strict=True):
            if order.flow_id is not None:
                found.append(None)
                continue
            text = source_of(order.definition) if order.definition is not None else order.source or ""
            if text not in checked:
                try:
                    checked[text] = await self._inline(text)
                except FlowSourceError as error:
                    faults += _placed(error, order, place)
                    if len(faults) >= MOST_FAULTS:
                        break
                    continue
            found.append(checked[text])
        if faults:
            raise ItemsRefusedError(faults[:MOST_FAULTS])
        return found

    async def _inline(self, text: str) -> Inline:
        flow = await check_source(Source(text))
        body = await self._bodies.body_of(flow.digest, text)
        return Inline(flow.name, body, settings_of(flow), declared_by(flow))

    async def _resolve(
        self, project_id: UUID, asked: Sequence[ResolveItem]
    ) -> dict[tuple[UUID | None, str | None], ResolvedItem]:
        distinct = list({(item.flow_id, item.environment): item for item in asked}.values())
        items = [item for item in distinct if item.flow_id or item.environment]
        answers = await self._answers(project_id, items) if items else []
        found = {(item.flow_id, item.environment): answer for item, answer in zip(items, answers, strict=True)}
        found[None, None] = ResolvedItem()
        return found

    async def _answers(self, project_id: UUID, items: Sequence[ResolveItem]) -> list[ResolvedItem]:
        """Ask one question; in halves where the flows together are too large for one answer."""
        try:
            question = ResolveExecution(project_id=project_id, items=list(items))
            return (await self._storage.ask(question, Resolution)).items
        except FaultError as fault:
            if fault.code != "answer_too_large" or len(items) == 1:
                raise
        half = len(items) // 2
        return await self._answers(project_id, items[:half]) + await self._answers(project_id, items[half:])


def _question(order: ExecutionOrder, inline: Inline | None) -> ResolveItem:
    by_flow = inline.settings.environment if inline else None
    return ResolveItem(flow_id=order.flow_id, environment=order.environment or by_flow)


def _plan(inline: Inline | None, answer: ResolvedItem, asked: ResolveItem) -> Plan:
    environment = answer.environment or asked.environment
    if inline is not None:
        return Plan(None, inline.name, None, inline.body, inline.settings, inline.inputs, environment, answer.variables)
    flow = answer.flow
    if flow is None:
        raise FaultError("internal_error", f"storage resolved flow {asked.flow_id} to nothing")
    return Plan(
        flow.flow_id, flow.name, flow.version, flow.body, flow.settings, flow.inputs, environment, answer.variables
    )


def _placed(error: FlowSourceError, order: ExecutionOrder, place: str) -> list[Fault]:
    """Point at the definition's member; in a source, at the source, whose line and column say where."""
    if order.definition is None:
        return [replace(fault, pointer=f"{place}/source") for fault in error.faults]
    return [replace(fault, pointer=f"{place}/definition{fault.pointer}") for fault in error.faults]
