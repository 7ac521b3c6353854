"""What a step says over its connection, and what it awaits."""

import asyncio
import base64
import json
from dataclasses import dataclass, field
from typing import Any

from testmesh_engine.actions.websocket import (
    WebSocketClose,
    WebSocketConfig,
    WebSocketMessage,
    WebSocketResult,
)
from testmesh_engine.matching import Match
from testmesh_engine.websocket.awaiting import await_close, await_match, await_pong
from testmesh_engine.websocket.connection import Connection
from testmesh_engine.websocket.inbox import Message
from testmesh_engine.websocket.opening import Opened, open_socket, refused_error
from testmesh_engine.websocket.sessions import sessions_of
from testmesh_sdk import ActionContext, ActionError


@dataclass(slots=True)
class _Course:
    """One step's part of a conversation."""

    connection: Connection
    context: ActionContext
    deadline: float | None
    matched: list[Message] = field(default_factory=list)


async def converse(config: WebSocketConfig, context: ActionContext) -> WebSocketResult:
    """Carry out a step's messages.

    Raises:
        ActionError: there is no connection, or none any more.
        ActionFailure: what was expected did not come.
    """
    deadline = _deadline(config, context)
    if config.session is not None:
        sessions = await sessions_of(context)
        connection = await sessions.find_or_open(config.session, config, context)
        matched = await _say_all(config, _Course(connection, context, deadline))
        return _result(connection, matched)
    opened = await open_socket(config, context)
    if opened.socket is None:
        return _refused(config, opened)
    connection = Connection(opened.socket, opened)
    try:
        matched = await _say_all(config, _Course(connection, context, deadline))
        context.activity = f"close {connection.url}"
        await connection.close()
    finally:
        await connection.abort()
    return _result(connection, matched)


def _deadline(config: WebSocketConfig, context: ActionContext) -> float | None:
    if config.timeout is None:
        return context.deadline
    own = asyncio.get_running_loop().time() + config.timeout
    return own if context.deadline is None else min(own, context.deadline)


def _refused(config: WebSocketConfig, opened: Opened) -> WebSocketResult:
    """Give the server's answer to who asked for nothing else; who has something to say cannot say it."""
    if config.messages:
        raise refused_error(opened)
    return WebSocketResult(handshake=opened.handshake, url=opened.url)


async def _say_all(config: WebSocketConfig, course: _Course) -> list[Message]:
    # An expression that is none is told before anything is sent.
    expected = {
        number: Match(message.expect, course.context.names, course.context.log)
        for number, message in enumerate(config.messages)
        if message.expect is not None
    }
    for number, message in enumerate(config.messages):
        course.context.activity = f"{message.verb} on {course.connection.url} (message {number + 1})"
        await _do(message, expected.get(number), course)
    if course.connection.overflow is not None:
        raise course.connection.overflow_error()
    return course.matched


async def _do(message: WebSocketMessage, expected: Match | None, course: _Course) -> None:
    connection = course.connection
    match message.verb:
        case "send":
            await connection.send(_text(message.send))
        case "send_base64":
            await connection.send(base64.b64decode(message.send_base64 or ""))
        case "ping":
            await await_pong(connection, message.timeout, course.deadline)
        case "close":
            close = message.close if isinstance(message.close, WebSocketClose) else WebSocketClose()
            await connection.close(close.code, close.reason)
        case "expect_close":
            code = None if message.expect_close is True else message.expect_close
            await await_close(connection, code, message.timeout, course.deadline)
        case _ if expected is not None:
            found = await await_match(connection, expected, message.timeout, course.deadline)
            course.matched.append(found)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)
    except ValueError as error:
        raise ActionError("TM548", f"the message cannot be sent: {error}") from error


def _result(connection: Connection, matched: list[Message]) -> WebSocketResult:
    came = connection.inbox.show()
    return WebSocketResult(
        handshake=connection.handshake,
        received=[message.data for message in came],
        frames=[message.frame for message in came],
        matched=[message.data for message in matched],
        close_code=connection.close_code,
        close_reason=connection.close_reason,
        url=connection.url,
    )
