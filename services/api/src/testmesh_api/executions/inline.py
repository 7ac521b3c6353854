"""Flows that come with their orders: checked, put together, and kept where runners find them."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from testmesh_api.assembly import Assembly, Part
from testmesh_api.attachments import read_attachments
from testmesh_api.errors import Fault
from testmesh_api.executions.inputs import declared_by
from testmesh_api.executions.orders import ExecutionOrder
from testmesh_api.flow_bodies import FlowBodies
from testmesh_api.flow_sources import check_source, settings_of, source_in, text_of
from testmesh_contracts.executions import INLINE_BODY_BYTES, INLINE_CALLED_BYTES, CalledFlow, FlowBody
from testmesh_contracts.flows import FileBody, FlowSettings
from testmesh_contracts.queries import ResolvedItem


@dataclass(frozen=True, slots=True)
class SentFlow:
    """One flow that was sent; a call means a flow of the project, or the number of another one that was sent."""

    name: str
    path: str
    body: FlowBody
    files: dict[str, FileBody]
    calls: dict[str, str | int]


@dataclass(frozen=True, slots=True)
class Inline:
    """A flow that came with its order, number 0, and those that came with it."""

    flows: list[SentFlow]
    settings: FlowSettings
    inputs: dict[str, Any]
    called: Mapping[str, Fault]
    """What is called in the project, and a fault at the place of the order that calls it."""

    @property
    def first(self) -> SentFlow:
        return self.flows[0]

    def pinned(self, answer: ResolvedItem) -> tuple[dict[str, int], list[CalledFlow]]:
        """Return what the first flow calls and all that is called: the project's flows, then those that were sent."""
        behind = len(answer.called) - 1

        def places(flow: SentFlow) -> dict[str, int]:
            return {
                call: answer.calls[target] if isinstance(target, str) else behind + target
                for call, target in flow.calls.items()
            }

        sent = [
            CalledFlow(name=flow.name, file=flow.path, body=flow.body, files=flow.files, calls=places(flow))
            for flow in self.flows[1:]
        ]
        return places(self.first), [*answer.called, *sent]


async def inline_of(order: ExecutionOrder, bodies: FlowBodies) -> Inline:
    """Return the flow of an order; places in faults are as seen from the order.

    Raises:
        ApiError: the flow or one that came with it is none, or something that they name is not there.
    """
    source = source_in(order.definition, order.source, await asyncio.to_thread(read_attachments, order))
    flow = await check_source(source)
    assembly = await Assembly(flow, source).put_together()
    body = await bodies.body_of(flow.digest, text_of(source.text))
    flows = [SentFlow(flow.name, "", body, await bodies.keep_files(assembly.parts[0].files), assembly.parts[0].calls)]
    room = INLINE_CALLED_BYTES // 2  # the other half is for the project's flows that are called
    for part in assembly.parts[1:]:
        sent = await _sent(part, source.attachments.files[part.path], bodies, room)
        room -= 0 if sent.body.source is None else len(source.attachments.files[part.path])
        flows.append(sent)
    return Inline(flows, settings_of(flow), declared_by(flow), assembly.called)


async def _sent(part: Part, source: bytes, bodies: FlowBodies, room: int) -> SentFlow:
    body = await bodies.body_of(part.flow.digest, text_of(source), min(INLINE_BODY_BYTES, room))
    return SentFlow(part.flow.name, part.path, body, await bodies.keep_files(part.files), part.calls)
