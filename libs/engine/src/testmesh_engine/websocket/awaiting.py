"""What a step waits for over a connection: a message, a pong, the end."""

import asyncio

from testmesh_engine.expressions import shown
from testmesh_engine.matching import Judged, Match, nearest
from testmesh_engine.waiting import Wait
from testmesh_engine.websocket.connection import Connection
from testmesh_engine.websocket.inbox import Message
from testmesh_sdk import ActionError, ActionFailure

WAIT_S = 10.0
_NEAREST = 3


async def await_match(connection: Connection, expected: Match, own: float | None, deadline: float | None) -> Message:
    """Take the first message, of those that nothing took yet, that is the expected one.

    Raises:
        ActionFailure: none came.
        ActionError: the step's time was up, or more came than is kept.
    """
    wait, inbox = Wait(WAIT_S if own is None else own, deadline), connection.inbox
    passed_over: list[tuple[str, Judged]] = []
    judged = 0
    try:
        async with asyncio.timeout_at(wait.until):
            while True:
                news = inbox.news
                for message in [each for each in inbox.waiting if each.number > judged]:
                    judged = message.number
                    found = expected.judge({"message": message.data, "frame": message.frame})
                    if found.holds:
                        inbox.take(message)
                        return message
                    passed_over.append((shown(message.data, 120), found))
                if not connection.is_open:
                    break
                await news.wait()
    except TimeoutError:
        time_up = f"none within {wait}"
        raise wait.over("TM544", _missing(connection, expected, time_up, passed_over)) from None
    if connection.overflow is not None:
        raise connection.overflow_error()
    raise ActionFailure(_missing(connection, expected, inbox.ended or "", passed_over))


def _missing(connection: Connection, expected: Match, why: str, came: list[tuple[str, Judged]]) -> str:
    what = f"{connection.url}: no message for which {expected.text}: {why}"
    if not came:
        return f"{what}; no other message came"
    count = "1 other message" if len(came) == 1 else f"{len(came)} other messages"
    return f"{what}; {count} came:\n  {nearest(came, _NEAREST)}"


async def await_close(connection: Connection, code: int | None, own: float | None, deadline: float | None) -> None:
    """Wait until the server closes the connection, with a code if one is asked for.

    Raises:
        ActionFailure: it did not, or with another code.
    """
    wait, inbox = Wait(WAIT_S if own is None else own, deadline), connection.inbox
    try:
        async with asyncio.timeout_at(wait.until):
            while connection.is_open:
                await inbox.news.wait()
    except TimeoutError:
        last = f"; its last message: {shown(inbox.waiting[-1].data, 120)}" if inbox.waiting else ""
        message = f"the server did not close the connection within {wait}{last}"
        raise wait.over("TM544", f"{connection.url}: {message}") from None
    if connection.overflow is not None:
        raise connection.overflow_error()
    if code is not None and connection.close_code != code:
        raise ActionFailure(f"{connection.url}: {inbox.ended}, expected was {code}")


async def await_pong(connection: Connection, own: float | None, deadline: float | None) -> None:
    """Send a ping and wait for its pong.

    Raises:
        ActionFailure: none came.
        ActionError: the connection is closed.
    """
    wait = Wait(WAIT_S if own is None else own, deadline)
    pong = await connection.ping()
    try:
        async with asyncio.timeout_at(wait.until):
            await pong
    except TimeoutError:
        message = f"{connection.url}: no pong within {wait}"
        raise wait.over("TM544", message) from None
    except ActionError:
        raise
    except Exception as error:  # the pong's future holds whatever ended the connection
        raise connection.closed_error() from error
