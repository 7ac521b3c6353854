"""The janitor: trims the streams that a service is in charge of, behind everyone who still needs them.

Never by length while someone has not read: always by id, behind the slowest group, fold and pending
entry, and not before the topic's retention has passed, unless the stream is over its largest size.
"""

import time
from collections.abc import Sequence
from typing import Any

import structlog
from prometheus_client import Gauge
from redis.exceptions import ResponseError

from testmesh_chassis.bus.bus import Bus
from testmesh_chassis.bus.reader import FIRST, entry_order
from testmesh_chassis.database import Connection, Database
from testmesh_chassis.outbox import Outbox
from testmesh_chassis.relay import confirm_trimmed
from testmesh_contracts import Topic
from testmesh_contracts.topics import DAY

EVERY_S = 5.0
"""How often `clean` should be called: see `Rounds`."""

_log = structlog.get_logger(__name__)
_length = Gauge("testmesh_stream_length", "Entries of a topic's stream.", ["topic"])
_lag = Gauge("testmesh_stream_lag", "Entries that a group has not read yet.", ["topic", "group"])


class Janitor:
    """Trims topics, in one replica of the service at a time."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        outbox: Outbox,
        topics: Sequence[Topic],
        *,
        folds: bool = False,
        retention_s: float | None = None,
    ) -> None:
        self._database = database
        self._bus = bus
        self._outbox = outbox
        self._topics = topics
        self._folds = folds
        self._retention_s = retention_s

    async def clean(self) -> None:
        """Trim every topic once, unless another replica is at it."""
        async with self._database.transaction() as connection:
            lock = f"{self._outbox.schema}.janitor"
            if not await connection.fetchval("SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))", lock):
                return
            for topic in self._topics:
                await self._trim(connection, topic)

    async def _trim(self, connection: Connection, topic: Topic) -> None:
        groups = await self._groups(topic)
        length = await self._bus.client.xlen(topic.wire)
        _length.labels(topic.name).set(length)
        bound = await self._passed_by_all(connection, topic, groups)
        if length <= topic.max_entries:
            retention_s = topic.retention_s if self._retention_s is None else self._retention_s
            kept_from = f"{int((time.time() - retention_s) * 1000)}-0"
            bound = min(bound, kept_from, key=entry_order)
        if bound == FIRST:
            return
        await confirm_trimmed(connection, self._bus.client, self._outbox, topic.name, bound)
        await self._bus.client.xtrim(topic.wire, minid=bound, approximate=False)

    async def _groups(self, topic: Topic) -> list[dict[str, Any]]:
        try:
            found: Any = await self._bus.client.xinfo_groups(topic.wire)
        except ResponseError as error:
            if "no such key" in str(error):
                return []
            raise
        groups: list[dict[str, Any]] = found
        for group in groups:
            if group.get("lag") is not None:
                _lag.labels(topic.name, group["name"].decode()).set(group["lag"])
        return groups

    async def _passed_by_all(self, connection: Connection, topic: Topic, groups: Sequence[dict[str, Any]]) -> str:
        """Return the first entry id that somebody may still need."""
        ours = {service for service, way in topic.heard_by if way in {"compete", "answer"}}
        present = {group["name"].decode() for group in groups}
        if not ours <= present:
            return FIRST
        needed = [await self._needed_by(topic, group) for group in groups if self._counts(group, ours)]
        if self._folds and any(way == "fold" for _, way in topic.heard_by):
            needed.append(await self._folded(connection, topic))
        return min(needed, key=entry_order, default=f"{int(time.time() * 1000)}-0")

    def _counts(self, group: dict[str, Any], ours: set[Any]) -> bool:
        """A group of the map always counts; a guest as long as it is not a day behind."""
        if group["name"].decode() in ours:
            return True
        behind_ms = time.time() * 1000 - entry_order(group["last-delivered-id"].decode())[0]
        return behind_ms < DAY * 1000 or group.get("lag") == 0

    async def _needed_by(self, topic: Topic, group: dict[str, Any]) -> str:
        delivered = str(group["last-delivered-id"].decode())
        if not group["pending"]:
            return delivered
        summary: Any = await self._bus.client.xpending(topic.wire, group["name"])
        oldest = summary["min"]
        return delivered if oldest is None else str(oldest.decode())

    async def _folded(self, connection: Connection, topic: Topic) -> str:
        found = await connection.fetch(
            f"SELECT last_entry FROM {self._outbox.schema}.folds WHERE topic = $1",
            topic.name,
        )
        return min((record["last_entry"] for record in found), key=entry_order, default=FIRST)
