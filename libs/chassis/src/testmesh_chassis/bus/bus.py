"""The bus of one process: what it says and hears, checked against the map when it is declared."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from faststream import AckPolicy
from faststream.redis import StreamSub
from faststream.redis.message import RedisBatchStreamMessage
from pydantic import BaseModel

from testmesh_chassis.backoff import Backoff
from testmesh_chassis.bus.answer import Answerer
from testmesh_chassis.bus.ask import DEADLINE_S, Asker
from testmesh_chassis.bus.broadcast import Broadcast
from testmesh_chassis.bus.client import BLOCK_MS, Entries, HealingBroker, connect, ensure_group
from testmesh_chassis.bus.compete import Competitor
from testmesh_chassis.bus.received import BatchHandler, QuestionHandler
from testmesh_chassis.errors import ChassisError, is_stream_away
from testmesh_chassis.telemetry import current_trace
from testmesh_contracts import Entry, Message, Topic, encode
from testmesh_contracts.topics import Service, Way

R = TypeVar("R", bound=BaseModel)
GROUP_WAYS: frozenset[Way] = frozenset(("compete", "answer"))
BATCH = 200

_log = structlog.get_logger(__name__)


class NotInMapError(ChassisError):
    """A service declared what the map of topics does not have."""

    code = "not_in_map"

    def __init__(self, service: Service, verb: str, topic: Topic) -> None:
        super().__init__(f"{service} does not {verb} {topic.name} in topics.py; add it to the map first")


@dataclass(frozen=True)
class Declared:
    """What a process really says and hears, for the architecture test."""

    said: frozenset[str]
    heard: frozenset[tuple[str, Way]]


class Bus:
    """Says, asks and hears for one process of a service.

    Declare everything, then `start`. Groups are made at the first entry before anything is said or heard.
    """

    def __init__(self, url: str, service: Service, instance: str) -> None:
        self.url = url
        self.service = service
        self.instance = instance
        self.client = connect(url)
        self._broker = HealingBroker(url)
        self._competitors: list[Competitor] = []
        self._answerers: list[Answerer] = []
        self._broadcasts: list[Broadcast] = []
        self._asker: Asker | None = None
        self._said: set[str] = set()
        self._heard: dict[tuple[str, Way], Topic] = {}
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def declared(self) -> Declared:
        return Declared(frozenset(self._said), frozenset(self._heard))

    def says(self, *topics: Topic) -> None:
        """Declare topics that this service says."""
        for topic in topics:
            if self.service not in topic.said_by:
                raise NotInMapError(self.service, "say", topic)
            self._said.add(topic.name)

    def hears(self, topic: Topic, way: Way) -> None:
        """Declare a topic that a loop of the service's own reads: a fold, the runner's intake."""
        if not topic.heard(self.service, way):
            raise NotInMapError(self.service, way, topic)
        self._heard[topic.name, way] = topic

    def compete(self, topic: Topic, handler: BatchHandler) -> None:
        """Hear a topic in this service's group: the handler takes batches, each entry at least once."""
        self.hears(topic, "compete")
        competitor = Competitor(self.client, topic, self.service, self.instance, handler)
        self._competitors.append(competitor)
        self._subscribe(topic, competitor.take_read)

    def answer(self, topic: Topic, handler: QuestionHandler) -> None:
        """Answer the questions or commands of a topic; the handler returns a model, or raises FaultError."""
        self.hears(topic, "answer")
        answerer = Answerer(self.client, topic, self.service, self.instance, handler)
        self._answerers.append(answerer)
        self._subscribe(topic, answerer.take)

    def broadcast(self, topic: Topic, handler: BatchHandler) -> None:
        """Hear every entry of a topic in this replica, from the start of the process on."""
        self.hears(topic, "broadcast")
        self._broadcasts.append(Broadcast(self.url, topic, handler))

    def asks(self, replies: Topic) -> None:
        """Declare that this process asks questions, and so hears answers."""
        self.hears(replies, "ask")
        self._asker = Asker(self.url, self.client, self.instance)

    async def ask(self, topic: Topic, question: Message, answer: type[R], *, within_s: float = DEADLINE_S) -> R:
        """Ask and return the answer; see `Asker.ask`."""
        return await self._asking(topic).ask(topic, question, answer, within_s=within_s)

    async def tell(self, topic: Topic, command: Message, *, within_s: float = DEADLINE_S) -> None:
        """Give a command and wait until it is done."""
        await self._asking(topic).tell(topic, command, within_s=within_s)

    async def say(self, topic: Topic, message: Message, **routing: Any) -> None:
        """Say something at once, outside any transaction: for what may be lost with the stream."""
        await self.say_entries(topic.wire, topic, [encode(topic, message, trace=current_trace(), **routing)])

    async def say_entries(self, stream: str, topic: Topic, entries: Sequence[Entry]) -> list[str]:
        """Add entries to a stream of the topic in one pipeline; return their ids."""
        if topic.name not in self._said:
            raise NotInMapError(self.service, "say", topic)
        pipe = self.client.pipeline(transaction=False)
        for entry in entries:
            fields: dict[Any, Any] = entry.fields()
            pipe.xadd(stream, fields)
        return [entry_id.decode() for entry_id in await pipe.execute()]

    async def start(self) -> None:
        """Make the groups, then hear. Waits for the stream server as long as it takes."""
        await self._prepare()
        for broadcast in self._broadcasts:
            self._spawn(broadcast.listen())
        if self._asker is not None:
            self._spawn(self._asker.listen())
        for competitor in self._competitors:
            self._spawn(competitor.look_after_pending())
        for answerer in self._answerers:
            self._spawn(answerer.look_after_pending())
        await self._broker.start()

    async def stop(self) -> None:
        """Stop hearing, let what is under way end, close the connections."""
        for competitor in self._competitors:
            competitor.stop()
        for answerer in self._answerers:
            answerer.stop()
        for broadcast in self._broadcasts:
            broadcast.stop()
        if self._asker is not None:
            self._asker.stop()
        await self._broker.stop()
        for answerer in self._answerers:
            await answerer.drain()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.client.aclose()

    async def check(self) -> None:
        """Raise where the stream server does not answer."""
        await self.client.ping()

    def _asking(self, topic: Topic) -> Asker:
        if self._asker is None or topic.name not in self._said:
            raise NotInMapError(self.service, "ask", topic)
        return self._asker

    def _spawn(self, work: Any) -> None:
        self._tasks.append(asyncio.create_task(work))

    async def _prepare(self) -> None:
        backoff = Backoff()
        while True:
            try:
                for (_, way), topic in self._heard.items():
                    if way in GROUP_WAYS:
                        await ensure_group(self.client, topic.wire, self.service)
                for broadcast in self._broadcasts:
                    await broadcast.begin_here()
            except Exception as error:
                if not is_stream_away(error):
                    raise
                _log.warning("stream server not reached, trying again", error=str(error))
                await backoff.wait()
            else:
                return

    def _subscribe(self, topic: Topic, take_entries: Callable[[Entries], Awaitable[None]]) -> None:
        stream = StreamSub(
            topic.wire,
            group=self.service,
            consumer=self.instance,
            batch=True,
            max_records=BATCH,
            polling_interval=BLOCK_MS,
        )

        async def take(batch: Any) -> None:
            await take_entries(list(zip(batch["message_ids"], batch["data"], strict=True)))

        subscriber: Any = self._broker.subscriber(
            stream=stream,
            parser=_unparsed,
            decoder=_undecoded,
            ack_policy=AckPolicy.MANUAL,
            no_reply=True,
            title=f"{self.service}.{topic.name}",
        )
        subscriber(take)


async def _unparsed(raw: Any) -> RedisBatchStreamMessage:
    """Leave entries as they are: the chassis decodes them one by one, so that one bad entry fails alone."""
    return RedisBatchStreamMessage(raw_message=raw, body=b"", consumer=None, group=None)  # type: ignore[arg-type]


async def _undecoded(message: RedisBatchStreamMessage) -> Any:
    return message.raw_message
