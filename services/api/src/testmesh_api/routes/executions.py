"""Executions: asked for one by one or in bulk, watched, cancelled."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse

from testmesh_api.bodies import JSON, PlainText, content_type, fit, takes
from testmesh_api.body_limits import BULK_BYTES, assert_room, assert_small
from testmesh_api.errors import MediaTypeError
from testmesh_api.executions.acceptance import Accepted, BulkAccepted
from testmesh_api.executions.orders import BULK, ORDER, BulkOrder, ExecutionOrder
from testmesh_api.executions.uploading import read_result
from testmesh_api.executions.uploads import UploadedResult
from testmesh_api.gateway import Gateway, Here
from testmesh_api.idempotency import Sent
from testmesh_api.openapi import problems
from testmesh_api.pages import DEFAULT_LIMIT, DEFAULT_LINES, Cursor, Limit, LineLimit, LivePage, Page, link_next
from testmesh_api.preferences import preferred_wait_s
from testmesh_api.principals import MayReadExecutions, MayStartExecutions, Principal
from testmesh_api.strict_json import read_json
from testmesh_contracts.executions import ExecutionSummary, ExecutionView, LogView, StepView
from testmesh_contracts.message import ExecutionStatus, LogLevel
from testmesh_contracts.queries import ExecutionList, ListExecutions, ListLogs, ListSteps

router = APIRouter(prefix="/executions", tags=["executions"])
Prefer = Annotated[str | None, Header(description="wait=30: answer with the result, if it is there in 30 s")]
"""RFC 7240."""
StepPath = Annotated[
    PlainText | None, Query(max_length=2000, description="A step's path; its passes, attempts and inner steps count")
]
LineText = Annotated[PlainText | None, Query(max_length=500, description="Text in the line, whatever its case")]


@router.post(
    "",
    status_code=202,
    openapi_extra=takes(ExecutionOrder, BulkOrder),
    response_model=Accepted | BulkAccepted,
    responses={201: {"model": ExecutionView, "description": "Finished while it was waited for"}},
)
async def create(
    request: Request, here: Here, sent: Sent, principal: MayStartExecutions, prefer: Prefer = None
) -> Response:
    """Start one execution, or up to 1,000 that are accepted together or not at all."""
    orders, bulk = await _orders(request, here)
    receipt = await here.acceptance.accept(principal, orders, sent, bulk=bulk)
    if receipt.execution_id is None:
        return Response(receipt.body, 202, media_type=JSON)
    headers = {"Location": f"{request.url.path.rstrip('/')}/{receipt.execution_id}"}
    finished = await _waited_for(here, principal, receipt.execution_id, prefer, headers)
    if finished is not None:
        return Response(finished.model_dump_json(), 201, headers, JSON)
    return Response(receipt.body, 202, headers, JSON)


@router.post(
    "/upload",
    status_code=202,
    openapi_extra=takes(UploadedResult),
    response_model=Accepted,
    responses={201: {"model": ExecutionView, "description": "Kept while it was waited for"}, **problems(409)},
)
async def upload(request: Request, here: Here, principal: MayStartExecutions, prefer: Prefer = None) -> Response:
    """Keep the result of a flow that was run in a terminal or in CI, as an execution under the run's own id.

    The same result may be sent again: it is kept once. Other content under its id is refused.
    """
    found = content_type(request)
    if found != JSON:
        raise MediaTypeError(found, [JSON])
    sent = await here.large_bodies.read(await request.body(), read_result)
    accepted = await here.uploading.accept(principal, sent)
    headers = {"Location": f"{request.url.path.rstrip('/').removesuffix('/upload')}/{accepted.id}"}
    finished = await _waited_for(here, principal, accepted.id, prefer, headers)
    if finished is not None:
        return Response(finished.model_dump_json(), 201, headers, JSON)
    return Response(accepted.model_dump_json(), 202, headers, JSON)


@router.get("")
async def browse(
    request: Request,
    response: Response,
    here: Here,
    principal: MayReadExecutions,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    status: ExecutionStatus | None = None,
    flow_id: UUID | None = None,
    batch_id: UUID | None = None,
) -> LivePage[ExecutionSummary]:
    """List executions, newest first; the live topic `events` goes on after the first page's `event_cursor`."""
    after = await here.cursors.read_id("executions", cursor)
    question = ListExecutions(
        project_id=principal.project_id, limit=limit, after=after, status=status, flow_id=flow_id, batch_id=batch_id
    )
    found = await here.storage.ask_together(question, ExecutionList)
    following = await here.cursors.give("executions", str(found.items[-1].id)) if len(found.items) == limit else None
    link_next(request, response, following)
    return LivePage(
        items=found.items,
        next_cursor=following,
        total_estimate=found.total_estimate,
        event_cursor=found.event_cursor,
    )


@router.get("/{execution_id:uuid}", response_model=ExecutionView)
async def get(execution_id: UUID, here: Here, principal: MayReadExecutions, *, steps: bool = True) -> Response:
    """Return an execution with its steps."""
    found = await here.lookup.get(principal, execution_id, steps=steps)
    return Response(found.model_dump_json(), media_type=JSON)


@router.get("/{execution_id:uuid}/steps")
async def steps(
    execution_id: UUID,
    request: Request,
    response: Response,
    here: Here,
    principal: MayReadExecutions,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[StepView]:
    """Return the steps of an execution, in order."""
    listing = f"steps:{execution_id}"
    run, number = (0, 0) if cursor is None else map(int, (await here.cursors.read(listing, cursor)).split(":"))
    question = ListSteps(
        project_id=principal.project_id, execution_id=execution_id, limit=limit, after_run=run, after_number=number
    )
    found = await here.lookup.steps(principal, question)
    following = None
    if len(found.items) == limit:
        last = found.items[-1]
        following = await here.cursors.give(listing, f"{last.run}:{last.step_number}")
    link_next(request, response, following)
    return Page(items=found.items, next_cursor=following)


@router.get("/{execution_id:uuid}/logs")
async def logs(
    execution_id: UUID,
    request: Request,
    response: Response,
    here: Here,
    principal: MayReadExecutions,
    limit: LineLimit = DEFAULT_LINES,
    cursor: Cursor = None,
    step: StepPath = None,
    level: LogLevel = "debug",
    q: LineText = None,
) -> LivePage[LogView]:
    """Return what an execution logged, of all its runs, oldest first.

    To follow it, read pages until `next_cursor` is null, then listen to the live topic after the last
    page's `event_cursor`. Each page is of one moment: a line is in it, behind it, or after its cursor.
    The cursors of earlier pages are from before the lines of later ones.
    """
    listing = f"logs:{execution_id}"
    run, seq = (0, 0) if cursor is None else map(int, (await here.cursors.read(listing, cursor)).split(":"))
    question = ListLogs(
        project_id=principal.project_id,
        execution_id=execution_id,
        limit=limit,
        after_run=run,
        after_seq=seq,
        step=step or None,
        level=level,
        text=q or None,
    )
    found = await here.lookup.logs(principal, question)
    following = None
    if found.more:
        last = found.items[-1]
        following = await here.cursors.give(listing, f"{last.run}:{last.seq}")
    link_next(request, response, following)
    return LivePage(items=found.items, next_cursor=following, event_cursor=found.event_cursor)


@router.post(
    "/{execution_id:uuid}/cancel",
    status_code=202,
    response_model=Accepted,
    responses={200: {"model": ExecutionView, "description": "Ended while it was waited for"}, **problems(409)},
)
async def cancel(execution_id: UUID, here: Here, principal: MayStartExecutions, prefer: Prefer = None) -> Response:
    """Ask for an execution to be ended; its teardown still runs."""
    found = await here.cancelling.cancel(principal, execution_id)
    headers: dict[str, str] = {}
    finished = await _waited_for(here, principal, execution_id, prefer, headers)
    if finished is not None:
        return Response(finished.model_dump_json(), 200, headers, JSON)
    return JSONResponse({"id": str(execution_id), "status": found.status}, 202, headers)


async def _orders(request: Request, here: Gateway) -> tuple[list[ExecutionOrder], bool]:
    found = content_type(request)
    if found != JSON:
        raise MediaTypeError(found, [JSON])
    body = await request.body()
    assert_room(body, BULK_BYTES)
    return await here.large_bodies.read(body, _read_orders)


def _read_orders(body: bytes) -> tuple[list[ExecutionOrder], bool]:
    value: Any = read_json(body)
    bulk = isinstance(value, dict) and "items" in value
    orders = fit(value, BULK).items if bulk else [fit(value, ORDER)]
    assert_small(body, (order.files for order in orders), BULK_BYTES)
    return orders, bulk


async def _waited_for(
    here: Gateway, principal: Principal, execution_id: UUID, prefer: str | None, headers: dict[str, str]
) -> ExecutionView | None:
    """Wait as long as the client prefers; say that it was done."""
    seconds = preferred_wait_s(prefer, here.settings.longest_wait_s)
    if seconds is None:
        return None
    headers["Preference-Applied"] = f"wait={seconds:g}"
    return await here.results.finished(principal, execution_id, within_s=seconds)
