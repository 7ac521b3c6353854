"""One WebSocket of the live feed: takes what the client wants, sends what the hub tells."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Literal

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from testmesh_api.live.events import COMPLETED, Message
from testmesh_api.live.hub import ALIVE, ERROR, GAP, Hub, notice, slow_clients
from testmesh_api.live.topics import LiveTopic, read_topic
from testmesh_contracts.live import CursorUnreadableError, LiveCursor

ALIVE_S = 15.0
"""After so long without a message a page is told that the connection stands: it cannot see pings."""
SEND_S = 10.0
"""How long a client may leave a message unread once its buffers are full."""
RENEW_S = 0.1
"""The time is not set anew for each of many messages that are sent at once: that cost as much as sending them."""
CLOSE_S = 5.0
MOST_TOPICS = 200
MOST_ERRORS = 10
MOST_NOTICES = 1000
ENDED, GOING_AWAY, NOT_UNDERSTOOD, TOO_SLOW, TOO_MANY = 1000, 1012, 4400, 4408, 4429
REASONS = {
    ENDED: "nothing more comes",
    GOING_AWAY: "the server stops; connect again",
    NOT_UNDERSTOOD: f"{MOST_ERRORS} messages were not understood",
    TOO_SLOW: f"a message was left unread for {SEND_S:g} s",
    TOO_MANY: f"more than {MOST_TOPICS} topics",
}
_LAST = (COMPLETED, GAP)


_log = structlog.get_logger(__name__)


class Wish(BaseModel):
    """What a client sends."""

    model_config = ConfigDict(extra="forbid")

    op: Literal["subscribe", "unsubscribe"]
    topic: str
    after: str | None = None


class LiveSocket:
    """Serves one client until it leaves, does not read, or the server stops.

    While `is_heard` says no, the client is not told that its connection stands: it would wait for nothing.
    """

    def __init__(self, socket: WebSocket, hub: Hub, is_heard: Callable[[], bool]) -> None:
        self._socket = socket
        self._hub = hub
        self._is_heard = is_heard
        self._client = hub.join()
        self._errors = 0

    async def serve(self, first: LiveTopic | None = None, after: LiveCursor | None = None) -> None:
        """Serve the socket; one that is for a single topic ends with it."""
        try:
            await self._socket.accept()
            if first is not None:
                self._hub.subscribe(self._client, first, after)
            code = await self._first_reason_to_end(ends=first is not None)
            if code is not None:
                async with asyncio.timeout(CLOSE_S):
                    await self._socket.close(code, REASONS[code])
        except (WebSocketDisconnect, RuntimeError, TimeoutError):
            return  # it is gone, or does not read any more: whoever serves it drops the connection
        finally:
            self._hub.leave(self._client)

    async def _first_reason_to_end(self, *, ends: bool) -> int | None:
        """Work until the client is gone (None), or is to be let go with a code."""
        reading, writing = asyncio.create_task(self._read()), asyncio.create_task(self._write(ends=ends))
        try:
            done, _ = await asyncio.wait([reading, writing], return_when=asyncio.FIRST_COMPLETED)
            code = done.pop().result()
            if code in {NOT_UNDERSTOOD, TOO_MANY}:
                self._client.close()  # it shall read why
                await asyncio.wait([writing], timeout=CLOSE_S)
        finally:
            for task in (reading, writing):
                task.cancel()
            await asyncio.gather(reading, writing, return_exceptions=True)
        if code == TOO_SLOW:
            slow_clients.inc()
            _log.info("client of the live feed let go, it did not read", client=str(self._socket.client))
        return code

    async def _read(self) -> int | None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return None
            code = self._take(message.get("text"))
            if code is not None:
                return code
            await asyncio.sleep(0)  # who sends much does not keep others waiting

    async def _write(self, *, ends: bool) -> int:
        while True:
            try:
                async with asyncio.timeout(ALIVE_S):
                    messages = await self._hub.take(self._client)
            except TimeoutError:
                messages = [notice(None, ALIVE)] if self._is_heard() else []
                if not messages:
                    continue
            if not messages:
                return GOING_AWAY
            code = await self._send(messages, ends=ends)
            if code is not None:
                return code
            await asyncio.sleep(0)  # who is far behind does not keep others waiting

    async def _send(self, messages: Sequence[Message], *, ends: bool) -> int | None:
        """Send messages, each within its time; return a code where that is the end of it."""
        clock = asyncio.get_running_loop().time
        sent_at = clock()
        try:
            async with asyncio.timeout(SEND_S) as patience:
                for message in messages:
                    await self._socket.send_text(message.text)
                    if ends and message.type in _LAST:
                        return ENDED
                    if clock() - sent_at > RENEW_S:
                        sent_at = clock()
                        patience.reschedule(sent_at + SEND_S)
        except TimeoutError:
            return TOO_SLOW
        return None

    def _take(self, text: str | None) -> int | None:
        """Do what a message asks for; return a code where it ends the connection."""
        if len(self._client.notices) >= MOST_NOTICES:
            return TOO_SLOW
        try:
            wish = Wish.model_validate_json(text or "")
            after = None if wish.after is None else LiveCursor.parse(wish.after)
        except ValidationError as error:
            return self._refuse(None, "message_invalid", _brief(error))
        except CursorUnreadableError as error:
            return self._refuse(wish.topic, "cursor_invalid", str(error))
        topic = read_topic(wish.topic)
        if topic is None:
            names = "execution:ID, execution:ID:logs, execution:ID:all (the id in lower case) and events"
            return self._refuse(wish.topic, "topic_unknown", f"the topics are {names}")
        if wish.op == "unsubscribe":
            self._hub.unsubscribe(self._client, topic.name)
        elif topic.name not in self._client.subscriptions and len(self._client.subscriptions) >= MOST_TOPICS:
            return TOO_MANY
        else:
            self._hub.subscribe(self._client, topic, after)
        return None

    def _refuse(self, topic: str | None, code: str, detail: str) -> int | None:
        self._errors += 1
        self._client.notify(notice(topic and topic[:100], ERROR, code=code, detail=detail))
        return NOT_UNDERSTOOD if self._errors >= MOST_ERRORS else None


def _brief(error: ValidationError) -> str:
    first: Any = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else str(first["msg"])
