"""Hearing in a group: each entry goes to one member, is acknowledged after its effect, and is never lost.

FastStream reads and hands over batches; what it leaves open is settled here: poison is split off, a
failing batch is taken one by one, what keeps failing goes to the dead letters after three deliveries,
what a dead member held is taken over.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog
from redis.asyncio import Redis

from testmesh_chassis.backoff import Backoff
from testmesh_chassis.bus.client import Entries
from testmesh_chassis.bus.dead_letters import bury
from testmesh_chassis.bus.received import BatchHandler, Received
from testmesh_chassis.errors import is_outage
from testmesh_chassis.pace import Pace
from testmesh_contracts import EntryInvalidError, Topic, decode, read_entry

PACE_S = 0.05
DELIVERIES = 3
RETRY_AFTER_MS = 1_000
ABANDONED_AFTER_MS = 30_000
LOOK_EVERY_S = 2.0

_log = structlog.get_logger(__name__)


class Competitor:
    """One member of the group that hears a topic."""

    def __init__(self, client: Redis, topic: Topic, group: str, member: str, handler: BatchHandler) -> None:
        self.client = client
        self.topic = topic
        self.group = group
        self.member = member
        self._handler = handler
        self._busy: set[str] = set()
        self._pace = Pace(PACE_S)
        self._stopping = asyncio.Event()

    async def take_read(self, entries: Entries) -> None:
        """Take what was read, and return when it is time to read again."""
        self._pace.begin()
        await self.take(entries)
        await self._pace.wait()

    async def take(self, entries: Entries) -> None:
        """Carry out a batch and acknowledge what had its effect; what failed stays pending."""
        ids = [entry_id.decode() for entry_id, _ in entries]
        self._busy.update(ids)
        try:
            readable = await self._readable(entries)
            if readable:
                await self._apply(readable)
        finally:
            self._busy.difference_update(ids)

    async def look_after_pending(self) -> None:
        """Take again what failed here or was left by a dead member, until stopped."""
        backoff = Backoff(first=LOOK_EVERY_S, longest=LOOK_EVERY_S)
        while not self._stopping.is_set():
            try:
                await self._take_overdue()
            except Exception as error:
                if not is_outage(error):
                    _log.exception("pending entries not looked at", topic=self.topic.name)
            await backoff.wait(self._stopping)

    def stop(self) -> None:
        self._stopping.set()

    async def _readable(self, entries: Entries) -> list[Received[Any]]:
        found: list[Received[Any]] = []
        passed_over: list[str] = []
        for raw_id, fields in entries:
            entry_id = raw_id.decode()
            try:
                entry = read_entry(self.topic, fields)
                message = decode(self.topic, entry)
            except EntryInvalidError as invalid:
                await self._bury(entry_id, fields, invalid.reason)
                continue
            if message is None:
                passed_over.append(entry_id)
            else:
                found.append(Received(message, entry, entry_id))
        if passed_over:
            _log.info("entries of unknown type passed over", topic=self.topic.name, count=len(passed_over))
            await self._acknowledge(passed_over)
        return found

    async def _apply(self, batch: Sequence[Received[Any]]) -> None:
        backoff = Backoff()
        while not self._stopping.is_set():
            try:
                await self._handler(batch)
            except Exception as error:
                if is_outage(error):
                    await backoff.wait(self._stopping)
                    continue
                await self._one_by_one(batch, error)
            else:
                await self._acknowledge([received.entry_id for received in batch])
            return

    async def _one_by_one(self, batch: Sequence[Received[Any]], error: Exception) -> None:
        if len(batch) > 1:
            for received in batch:
                await self._apply([received])
            return
        _log.error(
            "entry failed, left pending",
            topic=self.topic.name,
            entry_id=batch[0].entry_id,
            error=repr(error),
            exc_info=error,
        )

    async def _take_overdue(self) -> None:
        pending: Any = await self.client.xpending_range(
            self.topic.wire, self.group, "-", "+", count=100, idle=RETRY_AFTER_MS
        )
        for row in pending:
            entry_id = row["message_id"].decode()
            mine = row["consumer"].decode() == self.member
            if entry_id in self._busy or not (mine or row["time_since_delivered"] >= ABANDONED_AFTER_MS):
                continue
            await self._take_again(entry_id, RETRY_AFTER_MS if mine else ABANDONED_AFTER_MS, row["times_delivered"])

    async def _take_again(self, entry_id: str, idle_ms: int, deliveries: int) -> None:
        claimed: Any = await self.client.xclaim(self.topic.wire, self.group, self.member, idle_ms, [entry_id])
        if not claimed or not claimed[0][1]:
            return
        if deliveries >= DELIVERIES:
            await self._bury(entry_id, claimed[0][1], f"failed {deliveries} times")
        else:
            await self.take(claimed)

    async def _bury(self, entry_id: str, fields: dict[bytes, bytes], reason: str) -> None:
        await bury(self.client, self.topic, entry_id, fields, reason=reason, hearer=self.group)
        await self._acknowledge([entry_id])

    async def _acknowledge(self, entry_ids: list[str]) -> None:
        backoff = Backoff()
        while True:
            try:
                await self.client.xack(self.topic.wire, self.group, *entry_ids)
            except Exception as error:
                if not is_outage(error) or self._stopping.is_set():
                    raise
                await backoff.wait(self._stopping)
            else:
                return
