"""The live feed: one WebSocket for everything, server-sent events and log lines of one execution."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response, WebSocket
from fastapi.responses import StreamingResponse

from testmesh_api.errors import ApiError, LiveCursorInvalidError, LiveFeedAwayError, OriginForeignError
from testmesh_api.gateway import Gateway, Here
from testmesh_api.live.origins import is_allowed
from testmesh_api.live.socket import LiveSocket
from testmesh_api.live.sse import LiveResponse, has_ended, server_sent_events
from testmesh_api.live.topics import LiveTopic
from testmesh_api.principals import MayReadExecutions
from testmesh_api.problems import problem
from testmesh_contracts.live import CursorUnreadableError, LiveCursor

BEGIN_S = 10.0
"""How long a client waits for a feed that is not heard yet, because the process has just begun."""

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
    last_event_id: Annotated[str | None, Header(max_length=500, description="As `after`, and before it")] = None,
    logs: Annotated[bool, Query(description="Log lines, too")] = False,
) -> Response:
    """Tell of one execution while it runs, to its end, as server-sent events.

    The WebSocket `/api/v1/ws` tells the same of any number of executions (docs/live.md).
    """
    cursor = _cursor(last_event_id or after)
    await _until_heard(here)
    view = await here.lookup.get(principal, execution_id, steps=False)
    if has_ended(here.hub, view, cursor):
        return Response(status_code=204)
    topic = LiveTopic.of(execution_id, "all" if logs else "execution")
    return LiveResponse(server_sent_events(here.hub, topic, view, cursor))


async def _serve(socket: WebSocket, here: Gateway, first: LiveTopic | None = None, after: str | None = None) -> None:
    """Serve a socket; one that cannot be had is refused by HTTP, before it opens."""
    try:
        if not is_allowed(socket.headers, here.settings.origins):
            raise OriginForeignError(socket.headers["origin"])
        cursor = _cursor(after)
        await _until_heard(here)
    except ApiError as error:
        await socket.send_denial_response(problem(socket, error.code, str(error)))
        return
    await LiveSocket(socket, here.hub, lambda: here.feed.is_hearing).serve(first, cursor)


def _cursor(text: str | None) -> LiveCursor | None:
    if text is None:
        return None
    try:
        return LiveCursor.parse(text)
    except CursorUnreadableError as error:
        raise LiveCursorInvalidError(str(error)) from error


async def _until_heard(here: Gateway) -> None:
    if not await here.feed.has_begun(BEGIN_S) or not here.feed.is_hearing:
        raise LiveFeedAwayError(BEGIN_S)
