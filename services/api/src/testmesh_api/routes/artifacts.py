"""Files that steps left: listed with a result, downloaded one by one, whole or in part."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from testmesh_api.artifacts import Found
from testmesh_api.bodies import PlainText
from testmesh_api.byte_ranges import RangeUnsatisfiableError, is_known, requested
from testmesh_api.file_names import attachment
from testmesh_api.gateway import Here
from testmesh_api.openapi import problems
from testmesh_api.pages import Cursor, Page, link_next
from testmesh_api.principals import MayReadExecutions
from testmesh_api.problems import problem
from testmesh_contracts.executions import ArtifactView
from testmesh_contracts.queries import ListArtifacts
from testmesh_engine.artifacts.names import kept_type

of_results = APIRouter(prefix="/results", tags=["results"])
router = APIRouter(prefix="/artifacts", tags=["artifacts"])

POLICY = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
}
"""What comes from a tested system is saved, never shown: a page among it may do nothing here."""
DEFAULT_FILES = 200
FileLimit = Annotated[int, Query(ge=1, le=1000, description="How many files at most")]
StepPath = Annotated[
    PlainText | None, Query(max_length=2000, description="A step's path; its passes, attempts and inner steps count")
]
Range = Annotated[str | None, Header(alias="Range", description="bytes=0-499, bytes=500-, bytes=-500: one range")]
IfRange = Annotated[str | None, Header(alias="If-Range", description="The ETag of the part that the client has")]
IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match")]
_FILE: dict[str, Any] = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}


@of_results.get("/{execution_id:uuid}/artifacts")
async def artifacts(
    execution_id: UUID,
    request: Request,
    response: Response,
    here: Here,
    principal: MayReadExecutions,
    limit: FileLimit = DEFAULT_FILES,
    cursor: Cursor = None,
    step: StepPath = None,
) -> Page[ArtifactView]:
    """Return the files that an execution's steps left, of all its runs, oldest first."""
    listing = f"artifacts:{execution_id}"
    after = await here.cursors.read_id(listing, cursor)
    question = ListArtifacts(
        project_id=principal.project_id, execution_id=execution_id, limit=limit, after=after, step=step or None
    )
    found = await here.lookup.artifacts(principal, question)
    following = await here.cursors.give(listing, str(found.items[-1].id)) if len(found.items) == limit else None
    link_next(request, response, following)
    return Page(items=found.items, next_cursor=following)


@router.get(
    "/{artifact_id:uuid}",
    response_class=Response,
    responses={
        200: _FILE | {"description": "The file"},
        206: _FILE | {"description": "The bytes that were asked for"},
        304: {"description": "The client has it"},
        **problems(410, 416),
    },
)
async def download(
    artifact_id: UUID,
    request: Request,
    here: Here,
    principal: MayReadExecutions,
    asked: Range = None,
    if_range: IfRange = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Return a file as an attachment; 410 where the store has it no more."""
    found = await here.artifacts.find(principal, artifact_id)
    headers, tag, size = _headers(found), _tag(found), found.view.size_bytes
    if is_known(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    try:
        span = requested(asked, if_range, tag, size)
    except RangeUnsatisfiableError:
        detail = f"the file has {size} bytes, none of them in the range"
        return problem(request, "range_unsatisfiable", detail, headers={"Content-Range": f"bytes */{size}"})
    pieces = await here.artifacts.read(found, span)
    if span is None:
        return StreamingResponse(pieces, headers=headers | {"Content-Length": str(size)})
    headers |= {"Content-Range": span.of(size), "Content-Length": str(span.end - span.start)}
    return StreamingResponse(pieces, 206, headers)


@router.head(
    "/{artifact_id:uuid}",
    response_class=Response,
    responses={200: {"description": "The file is there"}, 304: {"description": "The client has it"}, **problems(410)},
)
async def look(
    artifact_id: UUID, here: Here, principal: MayReadExecutions, if_none_match: IfNoneMatch = None
) -> Response:
    """Return what is known of a file, if it is there."""
    found = await here.artifacts.find(principal, artifact_id)
    headers = _headers(found)
    if is_known(if_none_match, _tag(found)):
        return Response(status_code=304, headers=headers)
    await here.artifacts.look(found)
    return Response(headers=headers | {"Content-Length": str(found.view.size_bytes)})


def _tag(found: Found) -> str:
    return f'"{found.view.sha256}"'


def _headers(found: Found) -> dict[str, str]:
    return {
        **POLICY,
        "Content-Type": kept_type(found.view.content_type),
        "Content-Disposition": attachment(found.view.name),
        "ETag": _tag(found),
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
    }
