"""A connection under way: a task reads what comes, so that pings are answered and nothing waits for a step."""

import asyncio
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import Close

from testmesh_engine.actions.websocket import Handshake
from testmesh_engine.websocket.inbox import MOST_KEPT, MOST_KEPT_BYTES, Inbox
from testmesh_engine.websocket.opening import MAX_MESSAGE_BYTES, Opened, cut_off
from testmesh_sdk import ActionError

_TOO_BIG = 1009
_ABNORMAL = 1006
_NO_CODE = 1005


class Connection:
    """Holds what came; `close` or `abort` ends it, and neither leaves anything behind."""

    def __init__(self, socket: ClientConnection, opened: Opened) -> None:
        self._socket = socket
        self.handshake: Handshake = opened.handshake
        self.url = opened.url
        self.inbox = Inbox()
        self.overflow: str | None = None
        self._reading = asyncio.create_task(self._read())

    @property
    def is_open(self) -> bool:
        return self.inbox.ended is None

    @property
    def close_code(self) -> int | None:
        return None if self.is_open else self._socket.close_code

    @property
    def close_reason(self) -> str | None:
        return None if self.is_open else self._socket.close_reason

    async def send(self, data: str | bytes) -> None:
        """Send a message.

        Raises:
            ActionError: the connection is closed.
        """
        try:
            await self._socket.send(data)
        except ConnectionClosed as closed:
            raise self.closed_error(closed) from closed

    async def ping(self) -> Any:
        """Send a ping; return what is done when its pong has come."""
        try:
            return await self._socket.ping()
        except ConnectionClosed as closed:
            raise self.closed_error(closed) from closed

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Say goodbye, for a second at most, and end the connection."""
        try:
            await self._socket.close(code, reason)
            await self._reading
        finally:
            await self.abort()

    async def abort(self) -> None:
        """End the connection at once."""
        self._reading.cancel()
        await asyncio.wait([self._reading])
        await cut_off(self._socket)

    def closed_error(self, closed: ConnectionClosed | None = None) -> ActionError:
        """Return that nothing can be sent any more, and why."""
        why = self.inbox.ended or (_how(closed) if closed is not None else "it is closed")
        return ActionError("TM543", f"{self.url}: {why}; nothing can be sent any more")

    def overflow_error(self) -> ActionError:
        return ActionError("TM546", f"{self.url}: {self.overflow}")

    async def _read(self) -> None:
        try:
            while not self.inbox.is_full:
                self.inbox.add(await self._socket.recv())
        except ConnectionClosed as closed:
            if closed.sent is not None and closed.sent.code == _TOO_BIG and not closed.rcvd_then_sent:
                self.overflow = f"a message came with more than {MAX_MESSAGE_BYTES} bytes; send less at once"
            self.inbox.end(_how(closed))
            return
        self.overflow = (
            f"more than {MOST_KEPT} messages, or {MOST_KEPT_BYTES} bytes, came that no step took; "
            "expect them, or close the session"
        )
        self.inbox.end("more came than is kept")
        await cut_off(self._socket)


def _how(closed: ConnectionClosed) -> str:
    by_us = closed.sent is not None and not closed.rcvd_then_sent
    if closed.rcvd is None:
        return f"this side closed the connection {_said(closed.sent)}" if by_us else "the connection broke off (1006)"
    return f"{'this side' if by_us else 'the server'} closed the connection {_said(closed.rcvd)}"


def _said(close: Close | None) -> str:
    if close is None:
        return f"({_ABNORMAL})"
    code = "without a code" if close.code == _NO_CODE else str(close.code)
    return f"({code}{': ' + close.reason if close.reason else ''})"
