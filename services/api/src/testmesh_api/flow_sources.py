"""Flows as a client sends them: YAML as written, or a definition in JSON; read and checked by the engine."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from testmesh_api.bodies import JSON, YAML, YAML_TYPES, Body, content_type, read_body
from testmesh_api.errors import FlowSourceError, MediaTypeError
from testmesh_api.strict_json import unstorable
from testmesh_contracts.flows import FlowDraft, FlowSettings
from testmesh_engine.language import Diagnostic, Flow, FlowInvalidError, parse_flow


class FlowDefinition(Body):
    """A flow in JSON."""

    definition: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """A flow's source, and where in the body it stands."""

    text: str | bytes
    within: str = ""


async def read_source(request: Request) -> Source:
    """Return the source of the flow in the body: YAML is kept as written, a definition is written as JSON.

    Raises:
        MediaTypeError: it is announced as something else.
    """
    found = content_type(request)
    if found in YAML_TYPES:
        return Source(await request.body())
    if found != JSON:
        raise MediaTypeError(found, [YAML, JSON])
    body: FlowDefinition = await read_body(request, FlowDefinition)
    return Source(source_of(body.definition), "/definition")


def source_of(definition: dict[str, Any]) -> str:
    """Write a definition as a source."""
    return json.dumps(definition, indent=2, ensure_ascii=False) + "\n"


async def check_source(source: Source) -> Flow:
    """Return the checked flow, without holding up other requests.

    Raises:
        FlowSourceError: with every fault.
    """
    try:
        flow = await asyncio.to_thread(parse_flow, source.text, file="flow.yaml")
    except FlowInvalidError as error:
        raise FlowSourceError(error.diagnostics, source.within) from error
    if fault := unstorable(flow.definition):
        hint = "write it in base64 and decode it in an expression"
        raise FlowSourceError(
            [Diagnostic("TM120", fault.detail, "flow.yaml", 1, 1, fault.pointer, hint)],
            source.within,
        )
    return flow


def draft_of(flow: Flow, source: Source) -> FlowDraft:
    """Return the flow as storage keeps it."""
    return FlowDraft(
        name=flow.name,
        description=flow.description or None,
        suite=flow.suite,
        tags=list(flow.tags),
        source=text_of(source.text),
        digest=flow.digest,
        definition=flow.definition,
        settings=settings_of(flow),
    )


def settings_of(flow: Flow) -> FlowSettings:
    """Return what a flow says of its own executions."""
    return FlowSettings(
        timeout_ms=_milliseconds(flow.timeout),
        queue_timeout_ms=_milliseconds(flow.queue_timeout),
        environment=flow.environment,
        priority=flow.priority,
        on_runner_lost=flow.on_runner_lost,
        max_runs=flow.max_runs,
    )


def text_of(source: str | bytes) -> str:
    """Return a checked source as text; its bytes are UTF-8, or the check had refused them."""
    return source.decode() if isinstance(source, bytes) else source


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))
