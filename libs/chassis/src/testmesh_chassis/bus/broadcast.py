"""Hearing as one of many: every replica reads every entry from a cursor of its own."""

import asyncio
from typing import Any

import structlog

from testmesh_chassis.backoff import Backoff
from testmesh_chassis.bus.client import Entries, connect_reader
from testmesh_chassis.bus.reader import StreamReader, last_entry_of
from testmesh_chassis.bus.received import BatchHandler, Received
from testmesh_chassis.errors import is_stream_away
from testmesh_chassis.pace import Pace
from testmesh_contracts import EntryInvalidError, Topic, decode, read_entry

PACE_S = 0.005

_log = structlog.get_logger(__name__)


class Broadcast:
    """One replica's ear for all that is said on a topic from now on."""

    def __init__(self, url: str, topic: Topic, handler: BatchHandler) -> None:
        self.topic = topic
        self._url = url
        self._handler = handler
        self._reader = StreamReader(url, topic.wire, pace=Pace(PACE_S))
        self._stopping = asyncio.Event()

    async def begin_here(self) -> None:
        """Set the cursor to the end of the stream: what comes after this call is heard."""
        client = connect_reader(self._url)
        try:
            self._reader.after = await last_entry_of(client, self.topic.wire)
        finally:
            await client.aclose()

    async def listen(self) -> None:
        """Read and hand over until stopped. An entry that the handler cannot take is logged and passed over."""
        backoff = Backoff()
        while not self._stopping.is_set():
            try:
                entries = await self._reader.read()
                backoff.reset()
            except Exception as error:
                if not is_stream_away(error):
                    _log.exception("broadcast not read", topic=self.topic.name)
                await backoff.wait(self._stopping)
                continue
            if entries:
                self._reader.after = entries[-1][0].decode()
                await self._hand_over(entries)
        await self._reader.close()

    def stop(self) -> None:
        self._stopping.set()
        self._reader.stop()

    async def _hand_over(self, entries: Entries) -> None:
        batch = [received for raw in entries if (received := self._read(*raw)) is not None]
        if not batch:
            return
        try:
            await self._handler(batch)
        except Exception:
            _log.exception("broadcast entries passed over", topic=self.topic.name, count=len(batch))

    def _read(self, raw_id: bytes, fields: dict[bytes, bytes]) -> Received[Any] | None:
        try:
            entry = read_entry(self.topic, fields)
            message = decode(self.topic, entry)
        except EntryInvalidError as invalid:
            _log.warning("unreadable entry passed over", topic=self.topic.name, reason=invalid.reason)
            return None
        return None if message is None else Received(message, entry, raw_id.decode())
