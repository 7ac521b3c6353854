"""Asking: a question on a topic, its answer on this process's own stream, within a deadline."""

import asyncio
import time
from typing import Any, TypeVar
from uuid import UUID

import structlog
from pydantic import BaseModel
from redis.asyncio import Redis

from testmesh_chassis.backoff import Backoff
from testmesh_chassis.bus.client import send_again_once
from testmesh_chassis.bus.reader import StreamReader
from testmesh_chassis.errors import FaultError, NoAnswerError, is_stream_away
from testmesh_chassis.telemetry import current_trace
from testmesh_contracts import Entry, EntryInvalidError, Message, Topic, decode, encode, read_entry, uuid7
from testmesh_contracts.queries import Answer
from testmesh_contracts.topics import REPLIES

DEADLINE_S = 5.0

R = TypeVar("R", bound=BaseModel)
_log = structlog.get_logger(__name__)


class Asker:
    """Sends questions and matches answers to them; a late answer is dropped."""

    def __init__(self, url: str, client: Redis, instance: str) -> None:
        self._client = client
        self._stream = f"{REPLIES.wire}.{instance}"
        self._reader = StreamReader(url, self._stream)
        self._waiting: dict[UUID, asyncio.Future[Entry]] = {}
        self._stopping = asyncio.Event()

    async def ask(self, topic: Topic, question: Message, answer: type[R], *, within_s: float = DEADLINE_S) -> R:
        """Return the answer; FaultError where it is a refusal, NoAnswerError where none came in time."""
        result = await self._result(topic, question, within_s)
        return answer.model_validate(result)

    async def tell(self, topic: Topic, command: Message, *, within_s: float = DEADLINE_S) -> None:
        """Give a command whose answer says only that it is done."""
        await self._result(topic, command, within_s)

    async def listen(self) -> None:
        """Read answers until stopped."""
        backoff = Backoff()
        while not self._stopping.is_set():
            try:
                entries = await self._reader.read()
                backoff.reset()
            except Exception as error:
                if not is_stream_away(error):
                    _log.exception("answers not read")
                await backoff.wait(self._stopping)
                continue
            for raw_id, fields in entries:
                self._reader.after = raw_id.decode()
                self._hand_over(fields)
        await self._reader.close()

    def stop(self) -> None:
        self._stopping.set()
        self._reader.stop()

    def _hand_over(self, fields: dict[bytes, bytes]) -> None:
        try:
            entry = read_entry(REPLIES, fields)
        except EntryInvalidError as invalid:
            _log.warning("unreadable answer dropped", reason=invalid.reason)
            return
        waiting = self._waiting.get(entry.id) if entry.id else None
        if waiting is not None and not waiting.done():
            waiting.set_result(entry)

    async def _result(self, topic: Topic, question: Message, within_s: float) -> Any:
        asked = uuid7()
        deadline = int((time.time() + within_s) * 1000)
        entry = encode(topic, question, id=asked, reply=self._stream, deadline=deadline, trace=current_trace())
        self._waiting[asked] = future = asyncio.get_running_loop().create_future()
        fields: dict[Any, Any] = entry.fields()
        try:
            async with asyncio.timeout(within_s):
                # Asked twice is harmless: a command is applied once, and a second answer is dropped.
                await send_again_once(lambda: self._client.xadd(topic.wire, fields))
                answer = decode(REPLIES, await future)
        except Exception as error:
            if isinstance(error, TimeoutError) or is_stream_away(error):
                raise NoAnswerError(topic.name, within_s) from error
            raise
        finally:
            del self._waiting[asked]
        assert isinstance(answer, Answer)
        if answer.fault is not None:
            raise FaultError(answer.fault.code, answer.fault.message, **answer.fault.facts)
        return answer.result
