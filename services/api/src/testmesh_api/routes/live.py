"""The live feed: one WebSocket for everything, server-sent events and log lines of one execution."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response, WebSocket
from fastapi.responses import StreamingResponse

from testmesh_api.errors import LiveCursorInvalidError, LiveFeedAwayError
from testmesh_api.gateway import Gateway, Here
from testmesh_api.live.origins import is_allowed
from testmesh_api.live.outgoing import Outgoing
from testmesh_api.live.socket import LiveSocket
from testmesh_api.live.sse import has_ended, server_sent_events
from testmesh_api.live.topics import LiveTopic
from testmesh_api.principals import MayReadExecutions
from testmesh_contracts.live import CursorUnreadableError, LiveCursor

BEGIN_S = 10.0
"""How long a client waits for a feed that is not heard yet, because the process has just begun."""
FOREIGN_ORIGIN, CURSOR_INVALID, TRY_AGAIN_LATER = 1008, 1008, 1013
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

router = APIRouter(tags=["live"])
After = Annotated[str | None, Query(max_length=500, description="The id of the last event seen, or an event_cursor")]


@router.websocket("/ws")
async def listen(socket: WebSocket, here: Here, _principal: MayReadExecutions) -> None:
    """Tell a client of the topics that it subscribes to (docs/live.md)."""
    await _serve(socket, here)


@router.websocket("/executions/{execution_id:uuid}/logs")
async def follow_logs(
    socket: WebSocket, execution_id: UUID, here: Here, _principal: MayReadExecutions, after: After = None
) -> None:
    """Tell a client of the log lines of one execution."""
    await _serve(socket, here, LiveTopic.of(execution_id, "logs"), after)


@router.get(
    "/executions/{execution_id:uuid}/events",
    response_class=StreamingResponse,
    responses={
        200: {"description": "Events as they happen", "content": {"text/event-stream": {"schema": {"type": "string"}}}},
        204: {"description": "The result was told, and nothing comes after it"},
    },
)
async def follow(
    execution_id: UUID,
    here: Here,
    principal: MayReadExecutions,
    *,
    after: After = None,
    last_event_id: Annotated[str | None, Header(max_length=500)] = None,
    logs: Annotated[bool, Query(description="Log lines, too")] = False,
) -> Response:
    """Tell of one execution while it runs, to its end."""
    cursor = _cursor(last_event_id or after)
    if has_ended(cursor):
        return Response(status_code=204)
    if not await here.feed.has_begun(BEGIN_S):
        raise LiveFeedAwayError
    view = await here.lookup.get(principal, execution_id, steps=False)
    topic = LiveTopic.of(execution_id, "all" if logs else "execution")
    told = server_sent_events(here.hub, topic, view, Outgoing(here.settings.live_queue_bytes), cursor)
    return StreamingResponse(told, media_type="text/event-stream", headers=HEADERS)


async def _serve(socket: WebSocket, here: Gateway, first: LiveTopic | None = None, after: str | None = None) -> None:
    if not is_allowed(socket.headers, here.settings.allowed_origins):
        await socket.close(FOREIGN_ORIGIN)
        return
    try:
        cursor = None if after is None else LiveCursor.parse(after)
    except CursorUnreadableError as error:
        await socket.close(CURSOR_INVALID, str(error))
        return
    if not await here.feed.has_begun(BEGIN_S):
        await socket.close(TRY_AGAIN_LATER)
        return
    await LiveSocket(socket, here.hub, Outgoing(here.settings.live_queue_bytes)).serve(first, cursor)


def _cursor(text: str | None) -> LiveCursor | None:
    if text is None:
        return None
    try:
        return LiveCursor.parse(text)
    except CursorUnreadableError as error:
        raise LiveCursorInvalidError(str(error)) from error
