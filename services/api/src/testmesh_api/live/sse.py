"""Server-sent events of one execution: the same messages as on the WebSocket, for `curl -N` and the command."""

import asyncio
from collections.abc import AsyncGenerator

from starlette.responses import StreamingResponse
from starlette.types import Message as Sent
from starlette.types import Receive, Scope, Send

from testmesh_api.live.events import COMPLETED, Event, Message
from testmesh_api.live.hub import GAP, Hub, slow_clients
from testmesh_api.live.socket import ALIVE_S, SEND_S
from testmesh_api.live.topics import LiveTopic
from testmesh_contracts import TERMINAL, event_id
from testmesh_contracts.executions import ExecutionCompleted, ExecutionView
from testmesh_contracts.live import LiveCursor

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
RETRY_MS = 1000
RESULTS = "results"
HEARD_S = 5.0
"""How long the feed may be behind what storage has, before a client is asked to come back."""
_LAST = (COMPLETED, GAP)


class _SlowClientError(Exception):
    """A client leaves its stream unread."""


class LiveResponse(StreamingResponse):
    """A stream of events, which is broken off when its client does not read."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncGenerator[str, None]) -> None:
        super().__init__(events, headers=HEADERS)
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send within bounds; a broken stream is resumed by its client."""

        async def in_time(message: Sent) -> None:
            try:
                async with asyncio.timeout(SEND_S):
                    await send(message)
            except TimeoutError as error:
                raise _SlowClientError from error

        try:
            await super().__call__(scope, receive, in_time)
        except* _SlowClientError:
            slow_clients.inc()
        finally:
            await self._events.aclose()


def has_ended(hub: Hub, view: ExecutionView, after: LiveCursor | None) -> bool:
    """Whether a client that comes back has had the result: there is nothing more to tell."""
    if view.status not in TERMINAL or after is None or RESULTS not in after.places:
        return False
    result = hub.result_place(str(view.id))
    return result is None or after.places[RESULTS] >= result


async def server_sent_events(
    hub: Hub, topic: LiveTopic, view: ExecutionView, after: LiveCursor | None
) -> AsyncGenerator[str, None]:
    """Give the stream's text, until the result or a gap has been told.

    `view` is the execution as it was just before: its result may have been said long ago.
    """
    client = hub.join()
    try:
        hub.subscribe(client, topic, after)
        yield f"retry: {RETRY_MS}\n\n"
        long_ago = view.status in TERMINAL and hub.result_place(topic.execution_id) is None
        if long_ago and not await hub.until_heard(_seen_by(view), HEARD_S):
            return
        while True:
            messages = hub.take_ready(client)
            if not messages and long_ago:
                messages = [_completed_long_ago(hub, topic, view)]
            if not messages:
                try:
                    messages = await asyncio.wait_for(hub.take(client), ALIVE_S)
                except TimeoutError:
                    yield ":\n\n"
                    continue
            if not messages:
                return
            for message in messages:
                yield _printed(message)
                if message.type in _LAST:
                    return
    finally:
        hub.leave(client)


def _printed(message: Message) -> str:
    """Print one event; JSON has no line breaks of its own."""
    place = "" if message.cursor is None else f"id: {message.cursor}\n"
    return f"event: {message.type}\n{place}data: {message.text}\n\n"


def _seen_by(view: ExecutionView) -> LiveCursor:
    return LiveCursor() if view.event_cursor is None else LiveCursor.parse(view.event_cursor)


def _completed_long_ago(hub: Hub, topic: LiveTopic, view: ExecutionView) -> Message:
    """Say a result once more that is no longer kept, as storage knows it."""
    known = view.model_dump(mode="json", include=set(ExecutionCompleted.model_fields))
    of_execution = {"event_id": str(event_id(COMPLETED, view.id)), "execution_id": str(view.id)}
    cursor = hub.heard()
    return Event(COMPLETED, cursor.places[RESULTS], {**of_execution, **known}).message(topic.name, cursor)
