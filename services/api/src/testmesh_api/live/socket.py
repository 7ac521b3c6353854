"""One WebSocket of the live feed: takes what the client wants, sends what the hub tells."""

import asyncio
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from testmesh_api.live.hub import ALIVE, ERROR, Hub, notice
from testmesh_api.live.outgoing import Outgoing, Subscription
from testmesh_api.live.topics import LiveTopic, read_topic
from testmesh_contracts.live import CursorUnreadableError, LiveCursor

ALIVE_S = 15.0
"""After so long without a message a page is told that the connection stands: it cannot see pings."""
MOST_TOPICS = 200
MOST_ERRORS = 10
CLOSE_S = 5.0
"""How long a client that does not read may keep its connection from being closed."""
GOING_AWAY, NOT_UNDERSTOOD, TOO_SLOW, TOO_MANY = 1012, 4400, 4408, 4429


class Wish(BaseModel):
    """What a client sends."""

    model_config = ConfigDict(extra="forbid")

    op: Literal["subscribe", "unsubscribe"]
    topic: str
    after: str | None = None


class LiveSocket:
    """Serves one client until it leaves, reads too slowly, or the server stops."""

    def __init__(self, socket: WebSocket, hub: Hub, outgoing: Outgoing) -> None:
        self._socket = socket
        self._hub = hub
        self._outgoing = outgoing
        self._subscriptions: dict[str, Subscription] = {}
        self._errors = 0

    async def serve(self, first: LiveTopic | None = None, after: LiveCursor | None = None) -> None:
        """Serve the socket, which begins with a subscription where one is given."""
        await self._socket.accept()
        self._hub.join(self._outgoing)
        try:
            if first is not None:
                self._subscribe(first, after)
            code = await self._first_reason_to_end()
            if code is not None:
                async with asyncio.timeout(CLOSE_S):
                    await self._socket.close(code)
        except (WebSocketDisconnect, RuntimeError, TimeoutError):
            return  # it is gone, or does not read any more: whoever serves it drops the connection
        finally:
            self._hub.leave(self._outgoing, list(self._subscriptions.values()))

    async def _first_reason_to_end(self) -> int | None:
        """Work until the client is gone (None), or is to be let go with a code."""
        reading, writing = asyncio.create_task(self._read()), asyncio.create_task(self._write())
        tasks = [reading, writing, asyncio.create_task(self._until_too_slow())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            code = done.pop().result()
            if code in {NOT_UNDERSTOOD, TOO_MANY}:
                self._outgoing.close()  # it shall read why
                await asyncio.wait([writing], timeout=CLOSE_S)
            return code
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self) -> int | None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return None
            code = self._take(message.get("text"))
            if code is not None:
                return code

    async def _write(self) -> int:
        while True:
            try:
                messages = await asyncio.wait_for(self._outgoing.take(), ALIVE_S)
            except TimeoutError:
                messages = [notice(None, ALIVE)]
            if not messages:
                break
            for message in messages:
                await self._socket.send_text(message)
            await asyncio.sleep(0)  # a long replay does not keep others waiting
        return TOO_SLOW if self._outgoing.too_slow else GOING_AWAY

    async def _until_too_slow(self) -> int:
        await self._outgoing.until_too_slow()
        return TOO_SLOW

    def _take(self, text: str | None) -> int | None:
        """Do what a message asks for; return a code where it ends the connection."""
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
            self._unsubscribe(topic)
        elif topic.name not in self._subscriptions and len(self._subscriptions) >= MOST_TOPICS:
            return TOO_MANY
        else:
            self._subscribe(topic, after)
        return None

    def _subscribe(self, topic: LiveTopic, after: LiveCursor | None) -> None:
        self._unsubscribe(topic)
        self._subscriptions[topic.name] = self._hub.subscribe(topic, self._outgoing, after)

    def _unsubscribe(self, topic: LiveTopic) -> None:
        if (subscription := self._subscriptions.pop(topic.name, None)) is not None:
            self._hub.unsubscribe(subscription)

    def _refuse(self, topic: str | None, code: str, detail: str) -> int | None:
        self._errors += 1
        self._outgoing.push(None, notice(topic and topic[:100], ERROR, code=code, detail=detail))
        return NOT_UNDERSTOOD if self._errors >= MOST_ERRORS else None


def _brief(error: ValidationError) -> str:
    first: Any = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else str(first["msg"])
