"""The call itself: bytes out, bytes in, and how it ended."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from testmesh_engine.grpc.headers import Pairs
from testmesh_engine.grpc.library import aio, grpc
from testmesh_engine.grpc.link import MOST_BYTES, is_connected, letting_go
from testmesh_engine.grpc.statuses import is_late, no_answer
from testmesh_engine.grpc.target import Target
from testmesh_sdk import ActionError

MOST_RESPONSES = 10_000


@dataclass(frozen=True, slots=True)
class Question:
    """What is called, with what."""

    path: str
    what: str
    requests: Sequence[bytes]
    sends_stream: bool
    gets_stream: bool
    metadata: Pairs
    deadline: float | None
    """Seconds that the author gives the server."""
    left: float | None
    """Seconds that the step has."""
    take: int | None

    @property
    def seconds(self) -> float | None:
        known = [each for each in (self.deadline, self.left) if each is not None]
        return min(known) if known else None

    @property
    def is_authors_deadline(self) -> bool:
        return self.deadline is not None and self.deadline == self.seconds


@dataclass(slots=True)
class Ended:
    """How a call ended, and what came before."""

    code: grpc.StatusCode = grpc.StatusCode.OK
    details: str = ""
    by: Literal["server", "deadline", "take"] = "server"
    responses: list[bytes] = field(default_factory=list)
    metadata: Iterable[Any] = ()
    trailers: Iterable[Any] = ()


async def carry_out(question: Question, channel: aio.Channel, target: Target) -> Ended:
    """Send all requests and take all responses.

    Raises:
        ActionError: there was no conversation, or it was too long.
    """
    ended = Ended()
    call = _begin(question, channel)
    try:
        with letting_go():
            is_whole = await _listen(question, call, ended)
        if is_whole:
            ended.code, ended.details = await call.code(), await call.details() or ""
        else:
            ended.code, ended.by = grpc.StatusCode.CANCELLED, "take"
        ended.metadata = await call.initial_metadata()
        ended.trailers = await call.trailing_metadata() if is_whole else ()
    except aio.AioRpcError as error:
        ended.code, ended.details = error.code(), error.details() or ""
        ended.metadata, ended.trailers = error.initial_metadata(), error.trailing_metadata()
        _assert_answered(ended, question, channel, target)
    finally:
        call.cancel()
        del call
    if ended.code is grpc.StatusCode.OK and not ended.responses and not question.gets_stream:
        message = "the call ended with OK and without the response that the method gives; look at the server"
        raise ActionError("TM534", f"{question.what}: {message}")
    return ended


def _begin(question: Question, channel: aio.Channel) -> Any:
    kind = f"{'stream' if question.sends_stream else 'unary'}_{'stream' if question.gets_stream else 'unary'}"
    sent = _each(question.requests) if question.sends_stream else question.requests[0]
    return getattr(channel, kind)(question.path)(
        sent, timeout=question.seconds, metadata=question.metadata or None, wait_for_ready=False
    )


async def _each(requests: Sequence[bytes]) -> AsyncIterator[bytes]:
    for request in requests:
        yield request


async def _listen(question: Question, call: Any, ended: Ended) -> bool:
    """Take the responses; return whether they came to their end."""
    if not question.gets_stream:
        data = await call
        if data is not None and data is not aio.EOF:
            ended.responses.append(data)
        return True
    size = 0
    # not `async for`: a call that is iterated over keeps itself, and its connection, until garbage is collected
    while (data := await call.read()) is not aio.EOF:
        ended.responses.append(data)
        size += len(data)
        if question.take is not None and len(ended.responses) >= question.take:
            return False
        if len(ended.responses) > MOST_RESPONSES or size > MOST_BYTES:
            message = f"more than {MOST_RESPONSES} responses, or more than 64 MiB; end the stream earlier with take"
            raise ActionError("TM538", f"{question.what}: {message}")
    return True


def _assert_answered(ended: Ended, question: Question, channel: aio.Channel, target: Target) -> None:
    """Return if a status is one that assertions judge."""
    if is_late(ended.code, ended.details) and question.is_authors_deadline and is_connected(channel):
        ended.by = "deadline"
        return
    if (error := no_answer(ended.code, ended.details, target, question.what)) is not None:
        raise error
