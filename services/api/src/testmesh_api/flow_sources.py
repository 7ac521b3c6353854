"""Flows as a client sends them: YAML as written, or a definition in JSON; read and checked by the engine."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from pydantic import TypeAdapter, model_validator

from testmesh_api.attachments import Accompanied, Attachments, read_attachments
from testmesh_api.bodies import JSON, YAML, YAML_TYPES, content_type, fit
from testmesh_api.body_limits import FLOW_BYTES, assert_room, assert_small
from testmesh_api.errors import FlowSourceError, MediaTypeError
from testmesh_api.large_bodies import LargeBodies
from testmesh_api.strict_json import read_json, unstorable
from testmesh_contracts.flows import FileBody, FlowDraft, FlowSettings, version_digest
from testmesh_engine.language import Diagnostic, Flow, FlowInvalidError, parse_flow


class FlowDefinition(Accompanied):
    """A flow in JSON: its definition, or its source as a text; with what it names beside itself."""

    definition: dict[str, Any] | None = None
    source: str | None = None

    @model_validator(mode="after")
    def _is_one_flow(self) -> "FlowDefinition":
        if (self.definition is None) == (self.source is None):
            raise ValueError("give exactly one of definition and source")
        return self


_DEFINITION = TypeAdapter(FlowDefinition)


@dataclass(frozen=True, slots=True)
class Source:
    """A flow's source, where in the body it stands, and what came along with it."""

    text: str | bytes
    within: str = ""
    is_text: bool = False
    """Whether the body has it as one text, so that no pointer leads into it."""
    attachments: Attachments = field(default_factory=Attachments)

    def pointer(self, inner: str) -> str:
        """Return where in the body a place of the flow is."""
        return self.within if self.is_text else self.within + inner


async def read_source(request: Request, large: LargeBodies) -> Source:
    """Return the source of the flow in the body: YAML is kept as written, a definition is written as JSON.

    Raises:
        MediaTypeError: it is announced as something else.
        BodyTooLargeError: it is larger than a flow may be without the contents of its files.
    """
    found = content_type(request)
    if found in YAML_TYPES:
        return Source(await request.body())
    if found != JSON:
        raise MediaTypeError(found, [YAML, JSON])
    sent = await request.body()
    assert_room(sent, FLOW_BYTES)
    body = await large.read(sent, _definition)
    return source_in(body.definition, body.source, await asyncio.to_thread(read_attachments, body))


def _definition(sent: bytes) -> FlowDefinition:
    body = fit(read_json(sent), _DEFINITION)
    assert_small(sent, [body.files], FLOW_BYTES)
    return body


def source_in(definition: dict[str, Any] | None, source: str | None, attachments: Attachments) -> Source:
    """Return the source of a flow that a body has as one of two members."""
    if definition is not None:
        return Source(source_of(definition), f"{attachments.within}/definition", attachments=attachments)
    return Source(source or "", f"{attachments.within}/source", is_text=True, attachments=attachments)


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
        raise FlowSourceError(error.diagnostics, source.pointer) from error
    if fault := unstorable(flow.definition):
        hint = "write it in base64 and decode it in an expression"
        raise FlowSourceError(
            [Diagnostic("TM120", fault.detail, "flow.yaml", 1, 1, fault.pointer, hint)],
            source.pointer,
        )
    return flow


def draft_of(flow: Flow, source: Source, files: Mapping[str, FileBody], calls: Mapping[str, str]) -> FlowDraft:
    """Return the flow as storage keeps it."""
    return FlowDraft(
        name=flow.name,
        description=flow.description or None,
        suite=flow.suite,
        tags=list(flow.tags),
        source=text_of(source.text),
        digest=version_digest(flow.digest, {path: body.digest for path, body in files.items()}, calls),
        definition=flow.definition,
        settings=settings_of(flow),
        files=dict(files),
        calls=dict(calls),
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
