"""Flows: kept with their source as written, in versions."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from testmesh_api.assembly import Assembly, alone
from testmesh_api.bodies import PlainText, takes
from testmesh_api.changes import Change
from testmesh_api.errors import Fault, faults_of
from testmesh_api.flow_sources import FlowDefinition, Source, check_source, draft_of, read_source
from testmesh_api.gateway import Gateway, Here
from testmesh_api.idempotency import Sent
from testmesh_api.openapi import problems
from testmesh_api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, link_next
from testmesh_api.preconditions import IfMatch, etag, expected_version
from testmesh_api.principals import MayReadFlows, MayWriteFlows, Principal
from testmesh_api.problems import ProblemFault
from testmesh_contracts import uuid7
from testmesh_contracts.flows import (
    CreateFlow,
    DeleteFlow,
    FlowDraft,
    FlowSummary,
    FlowVersionView,
    FlowView,
    UpdateFlow,
)
from testmesh_contracts.queries import FlowList, FlowVersionList, GetFlow, ListFlows, ListFlowVersions

router = APIRouter(prefix="/flows", tags=["flows"])
BODY = takes(FlowDefinition, yaml=True)


class ValidFlow(BaseModel):
    """A source that is a flow; notes tell what is not wrong, and still worth a word."""

    valid: bool = True
    name: str
    digest: str
    steps: int
    notes: list[ProblemFault] = []


@router.post("", status_code=201, openapi_extra=BODY, responses=problems(409))
async def create(request: Request, response: Response, here: Here, sent: Sent, principal: MayWriteFlows) -> FlowView:
    """Keep a new flow."""
    draft = await _draft(request, here)
    command = CreateFlow(
        command_id=sent.command_id(principal.name, "flow.create"),
        project_id=principal.project_id,
        principal=principal.name,
        flow_id=uuid7(),
        draft=draft,
    )
    change = Change.creating(principal, command, command.flow_id, sent)
    flow = await here.changes.carry_out(change, FlowView)
    response.headers["Location"] = f"{request.url.path.rstrip('/')}/{flow.id}"
    response.headers["ETag"] = etag(flow.version)
    return flow


@router.get("")
async def browse(
    request: Request,
    response: Response,
    here: Here,
    principal: MayReadFlows,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    name: PlainText | None = None,
    suite: PlainText | None = None,
    tag: PlainText | None = None,
) -> Page[FlowSummary]:
    """List flows, newest first."""
    after = await here.cursors.read_id("flows", cursor)
    question = ListFlows(project_id=principal.project_id, limit=limit, after=after, name=name, suite=suite, tag=tag)
    found = await here.storage.ask(question, FlowList)
    following = await here.cursors.give("flows", str(found.items[-1].id)) if len(found.items) == limit else None
    link_next(request, response, following)
    return Page(items=found.items, next_cursor=following, total_estimate=found.total_estimate)


@router.post("/validate", openapi_extra=BODY)
async def validate(request: Request, here: Here, _principal: MayReadFlows) -> ValidFlow:
    """Check a source without keeping it; one that is no flow is a problem with every fault."""
    source = await read_source(request, here.large_bodies)
    flow = await check_source(source)
    if source.attachments.files or source.attachments.calls:
        await Assembly(flow, source).put_together()
    notes = [_note(fault) for fault in faults_of(flow.notes)]
    return ValidFlow(name=flow.name, digest=flow.digest, steps=len(flow.all_steps()), notes=notes)


@router.get("/{flow_id:uuid}")
async def get(flow_id: UUID, response: Response, here: Here, principal: MayReadFlows) -> FlowView:
    """Return a flow in its latest version."""
    flow = await _get(here, principal, flow_id)
    response.headers["ETag"] = etag(flow.version)
    return flow


@router.put("/{flow_id:uuid}", openapi_extra=BODY, responses=problems(409, 412, 428))
async def update(
    flow_id: UUID,
    request: Request,
    response: Response,
    here: Here,
    principal: MayWriteFlows,
    if_match: IfMatch = None,
) -> FlowView:
    """Make a new version of a flow."""
    draft = await _draft(request, here)
    version = await expected_version(if_match, lambda: _version(here, principal, flow_id))
    command = UpdateFlow(
        command_id=uuid7(),
        project_id=principal.project_id,
        principal=principal.name,
        flow_id=flow_id,
        expected_version=version,
        draft=draft,
    )
    flow = await here.changes.carry_out(Change(principal, command, flow_id), FlowView)
    response.headers["ETag"] = etag(flow.version)
    return flow


@router.delete("/{flow_id:uuid}", status_code=204, responses=problems(412, 428))
async def delete(flow_id: UUID, here: Here, principal: MayWriteFlows, if_match: IfMatch = None) -> None:
    """Take a flow out of use; its executions stay."""
    version = await expected_version(if_match, lambda: _version(here, principal, flow_id))
    command = DeleteFlow(
        command_id=uuid7(),
        project_id=principal.project_id,
        principal=principal.name,
        flow_id=flow_id,
        expected_version=version,
    )
    await here.changes.remove(Change(principal, command, flow_id))


@router.get("/{flow_id:uuid}/versions")
async def versions(flow_id: UUID, here: Here, principal: MayReadFlows) -> Page[FlowVersionView]:
    """Return the history of a flow, newest first."""
    question = ListFlowVersions(project_id=principal.project_id, flow_id=flow_id)
    found = await here.storage.ask(question, FlowVersionList)
    return Page(items=found.items, total_estimate=len(found.items))


async def _draft(request: Request, here: Gateway) -> FlowDraft:
    """Return the flow in the body; a large source and its files are in the folder before anybody is told of them."""
    source: Source = await read_source(request, here.large_bodies)
    flow = await check_source(source)
    files, calls = alone(await Assembly(flow, source).put_together(), source)
    draft = draft_of(flow, source, await here.bodies.keep_files(files), calls)
    await here.bodies.body_of(flow.digest, draft.source)
    return draft


async def _get(here: Gateway, principal: Principal, flow_id: UUID) -> FlowView:
    return await here.storage.ask(GetFlow(project_id=principal.project_id, flow_id=flow_id), FlowView)


async def _version(here: Gateway, principal: Principal, flow_id: UUID) -> int:
    return (await _get(here, principal, flow_id)).version


def _note(fault: Fault) -> ProblemFault:
    return ProblemFault(
        pointer=fault.pointer,
        detail=fault.detail,
        code=fault.code,
        line=fault.line,
        column=fault.column,
        hint=fault.hint,
    )
