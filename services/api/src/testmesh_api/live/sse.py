"""Server-sent events of one execution: the same messages as on the WebSocket, for `curl -N` and the command."""

import asyncio
from collections.abc import AsyncIterator

from pydantic_core import from_json

from testmesh_api.live.events import COMPLETED, Event
from testmesh_api.live.hub import GAP, Hub
from testmesh_api.live.outgoing import Outgoing
from testmesh_api.live.topics import LiveTopic
from testmesh_contracts import TERMINAL, event_id
from testmesh_contracts.executions import ExecutionCompleted, ExecutionView
from testmesh_contracts.live import LiveCursor, Place

KEPT_OPEN_S = 15.0
RETRY_MS = 1000
RESULTS = "results"
_LONG_AGO = Place(0, 0)
_LAST = (COMPLETED, GAP)


def has_ended(after: LiveCursor | None) -> bool:
    """Whether a client that comes back has had the result: there is nothing more to tell."""
    return after is not None and RESULTS in after.places


async def server_sent_events(
    hub: Hub, topic: LiveTopic, view: ExecutionView, outgoing: Outgoing, after: LiveCursor | None
) -> AsyncIterator[str]:
    """Give the stream's text, until the result or a gap has been told, or the client reads too slowly.

    `view` is the execution as it was just before: whether its result was said long ago.
    """
    hub.join(outgoing)
    subscription = hub.subscribe(topic, outgoing, after)
    try:
        yield f"retry: {RETRY_MS}\n\n"
        if view.status in TERMINAL and not subscription.ended and not hub.has_result(topic.execution_id):
            outgoing.push(subscription, _completed_long_ago(hub, topic, view))
        while True:
            try:
                messages = await asyncio.wait_for(outgoing.take(), KEPT_OPEN_S)
            except TimeoutError:
                yield ":\n\n"
                continue
            if not messages:
                return
            for message in messages:
                told = from_json(message)
                yield _printed(told["type"], told["id"], message)
                if told["type"] in _LAST:
                    return
    finally:
        hub.leave(outgoing, [subscription])


def _printed(kind: str, cursor: str | None, message: str) -> str:
    """Print one event; JSON has no line breaks of its own."""
    place = "" if cursor is None else f"id: {cursor}\n"
    return f"event: {kind}\n{place}data: {message}\n\n"


def _completed_long_ago(hub: Hub, topic: LiveTopic, view: ExecutionView) -> str:
    """Say a result once more that is no longer kept, as storage knows it."""
    known = view.model_dump(mode="json", include=set(ExecutionCompleted.model_fields))
    of_execution = {"event_id": str(event_id(COMPLETED, view.id)), "execution_id": str(view.id)}
    cursor = LiveCursor({**hub.after_all().places, RESULTS: _LONG_AGO})
    return Event(COMPLETED, _LONG_AGO, {**of_execution, **known}).message(topic.name, cursor)
