"""What orders come to: each distinct flow checked or resolved once, however many items name it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from testmesh_api.errors import MOST_FAULTS, ApiError, Fault, ItemsRefusedError
from testmesh_api.executions.inline import Inline, inline_of
from testmesh_api.executions.orders import ExecutionOrder
from testmesh_api.flow_bodies import FlowBodies
from testmesh_api.flow_sources import source_of
from testmesh_api.owners import Owner
from testmesh_chassis.errors import FaultError
from testmesh_contracts.executions import CalledFlow, FlowBody
from testmesh_contracts.flows import EgressRules, FileBody, FlowSettings
from testmesh_contracts.queries import Resolution, ResolvedItem, ResolveExecution, ResolveItem

Asked = tuple[UUID | None, str | None, tuple[str, ...]]
"""What tells one question from another: flow, environment, calls."""


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
    egress: EgressRules | None
    files: dict[str, FileBody]
    calls: dict[str, int]
    called: list[CalledFlow]


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
        plans: dict[tuple[Asked, int], Plan] = {}
        found: list[Plan] = []
        for order, inline, item, place in zip(orders, inlines, asked, places, strict=True):
            answer = resolved[_key(item)]
            if answer.error_code is not None:
                faults.append(_unresolved(order, inline, answer, answer.error_code, place))
                continue
            key = (_key(item), id(inline))
            if key not in plans:
                plans[key] = _plan(inline, answer, item)
            found.append(plans[key])
        if faults:
            raise ItemsRefusedError(faults[:MOST_FAULTS])
        return found

    async def _inlines(self, orders: Sequence[ExecutionOrder], places: Sequence[str]) -> list[Inline | None]:
        checked: dict[object, Inline] = {}
        faults: list[Fault] = []
        codes: list[str] = []
        found: list[Inline | None] = []
        for order, place in zip(orders, places, strict=True):
            if order.flow_id is not None:
                found.append(None)
                continue
            text = source_of(order.definition) if order.definition is not None else order.source
            sent = (text, frozenset(order.files.items()), frozenset(order.calls.items()))
            if sent not in checked:
                try:
                    checked[sent] = await inline_of(order, self._bodies)
                except ApiError as error:
                    codes.append(error.code)
                    found_here = error.faults or (Fault("", str(error), error.code),)
                    faults += [replace(fault, pointer=place + fault.pointer) for fault in found_here]
                    if len(faults) >= MOST_FAULTS:
                        break
                    continue
            found.append(checked[sent])
        if faults:
            raise ItemsRefusedError(faults[:MOST_FAULTS], codes[0])
        return found

    async def _resolve(self, project_id: UUID, asked: Sequence[ResolveItem]) -> dict[Asked, ResolvedItem]:
        distinct = {_key(item): item for item in asked}
        items = [item for item in distinct.values() if item.flow_id or item.environment or item.calls]
        answers = await self._answers(project_id, items) if items else []
        found = {_key(item): answer for item, answer in zip(items, answers, strict=True)}
        found[None, None, ()] = ResolvedItem()
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
    calls = sorted(inline.called) if inline else []
    return ResolveItem(flow_id=order.flow_id, environment=order.environment or by_flow, calls=calls)


def _key(item: ResolveItem) -> Asked:
    return item.flow_id, item.environment, tuple(item.calls)


def _plan(inline: Inline | None, answer: ResolvedItem, asked: ResolveItem) -> Plan:
    environment = answer.environment or asked.environment
    flow = answer.flow
    if inline is not None:
        calls, called = inline.pinned(answer)
        first = inline.first
        return Plan(
            flow_id=None,
            flow_name=first.name,
            flow_version=None,
            body=first.body,
            settings=inline.settings,
            inputs=inline.inputs,
            environment=environment,
            variables=answer.variables,
            egress=answer.egress,
            files=first.files,
            calls=calls,
            called=called,
        )
    if flow is None:
        raise FaultError("internal_error", f"storage resolved flow {asked.flow_id} to nothing")
    return Plan(
        flow_id=flow.flow_id,
        flow_name=flow.name,
        flow_version=flow.version,
        body=flow.body,
        settings=flow.settings,
        inputs=flow.inputs,
        environment=environment,
        variables=answer.variables,
        egress=answer.egress,
        files=flow.files,
        calls=answer.calls,
        called=answer.called,
    )


def _unresolved(order: ExecutionOrder, inline: Inline | None, answer: ResolvedItem, code: str, place: str) -> Fault:
    """Point at what in the order cannot be had."""
    detail = answer.error_message or code
    at = None if inline is None else inline.called.get(answer.error_call or "")
    if at is not None:
        return replace(at, pointer=place + at.pointer, detail=detail, code=code)
    of_environment = code.startswith("environment") or order.flow_id is None
    return Fault(place + ("/environment" if of_environment else "/flow_id"), detail, code)
