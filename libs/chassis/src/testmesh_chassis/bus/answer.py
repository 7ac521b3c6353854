"""Answering questions and commands: each is handed to one replica, and answered on the asker's stream.

A question past its deadline is dropped unread. A question is acknowledged when it is answered; nobody
answers it a second time when the answer is lost, because the asker asks again. What a replica that died
left pending is taken from it, so that no stream is kept for its sake.
"""

import asyncio
import time
from typing import Any

import structlog
from redis.asyncio import Redis

from testmesh_chassis.backoff import Backoff
from testmesh_chassis.bus.client import Entries, send_again_once
from testmesh_chassis.bus.dead_letters import bury
from testmesh_chassis.bus.received import QuestionHandler
from testmesh_chassis.errors import FaultError, is_outage
from testmesh_contracts import Entry, EntryInvalidError, Message, Topic, decode, encode, read_entry
from testmesh_contracts.queries import Answer, Fault
from testmesh_contracts.topics import REPLIES

AT_ONCE = 64
REPLIES_KEPT = 10_000
REPLIES_EXPIRE_S = 120
ABANDONED_AFTER_MS = 30_000
"""Above every deadline and every statement's time: who has not answered by then has died or lost its answer."""
LOOK_EVERY_S = 5.0

_log = structlog.get_logger(__name__)


class Answerer:
    """One replica's ear for the questions of a topic."""

    def __init__(self, client: Redis, topic: Topic, group: str, member: str, handler: QuestionHandler) -> None:
        self.client = client
        self.topic = topic
        self.group = group
        self.member = member
        self._handler = handler
        self._room = asyncio.Semaphore(AT_ONCE)
        self._under_way: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()

    async def take(self, entries: Entries) -> None:
        """Begin to answer each entry; waits while too many are under way."""
        for raw_id, fields in entries:
            await self._room.acquire()
            task = asyncio.create_task(self._answer(raw_id.decode(), fields))
            self._under_way.add(task)
            task.add_done_callback(self._done)

    async def look_after_pending(self) -> None:
        """Take what was read and never acknowledged, by a member that died or whose answer was lost, until stopped."""
        pause = Backoff(first=LOOK_EVERY_S, longest=LOOK_EVERY_S)
        while not self._stopping.is_set():
            try:
                await self.take(await self._abandoned())
            except Exception as error:
                if not is_outage(error):
                    _log.exception("pending questions not looked at", topic=self.topic.name)
            await pause.wait(self._stopping)

    def stop(self) -> None:
        self._stopping.set()

    async def drain(self) -> None:
        """Wait until what is under way is answered."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=5)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._room.release()
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("answer not sent", topic=self.topic.name, error=repr(error))

    async def _abandoned(self) -> Entries:
        """Claim such entries; those that were trimmed leave the pending list by that alone."""
        found: Any = await self.client.xautoclaim(
            self.topic.wire, self.group, self.member, ABANDONED_AFTER_MS, "0-0", count=AT_ONCE
        )
        return [(entry_id, fields) for entry_id, fields in found[1] if fields]

    async def _answer(self, entry_id: str, fields: dict[bytes, bytes]) -> None:
        try:
            entry = read_entry(self.topic, fields)
            message = decode(self.topic, entry)
        except EntryInvalidError as invalid:
            await bury(self.client, self.topic, entry_id, fields, reason=invalid.reason, hearer=self.group)
            await self.client.xack(self.topic.wire, self.group, entry_id)
            return
        if message is None or entry.reply is None or _is_late(entry):
            await self.client.xack(self.topic.wire, self.group, entry_id)
            return
        answer = await self._outcome(message, entry_id, fields)
        await self._reply(entry, entry_id, answer)

    async def _outcome(self, message: Message, entry_id: str, fields: dict[bytes, bytes]) -> Answer:
        try:
            result = await self._handler(message)
        except FaultError as fault:
            return Answer(fault=Fault(code=fault.code, message=fault.message, facts=fault.facts))
        except Exception as error:
            if is_outage(error):
                return Answer(fault=Fault(code="unavailable", message=f"{self.group} cannot reach its database"))
            _log.exception("question failed", topic=self.topic.name, type=message.type)
            await bury(self.client, self.topic, entry_id, fields, reason=repr(error), hearer=self.group)
            return Answer(fault=Fault(code="internal_error", message=f"{self.group} could not answer {message.type}"))
        return Answer(result=result)

    async def _reply(self, entry: Entry, entry_id: str, answer: Answer) -> None:
        assert entry.reply is not None
        try:
            said = encode(REPLIES, answer, id=entry.id)
        except EntryInvalidError as invalid:
            said = encode(REPLIES, Answer(fault=Fault(code="answer_too_large", message=invalid.reason)), id=entry.id)
        fields: dict[Any, Any] = said.fields()
        reply = entry.reply

        async def send() -> None:
            pipe = self.client.pipeline(transaction=False)
            pipe.xadd(reply, fields, maxlen=REPLIES_KEPT, approximate=True)
            pipe.expire(reply, REPLIES_EXPIRE_S)
            pipe.xack(self.topic.wire, self.group, entry_id)
            await pipe.execute()

        await send_again_once(send)


def _is_late(entry: Entry) -> bool:
    return entry.deadline is not None and time.time() * 1000 > entry.deadline
