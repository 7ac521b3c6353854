"""Are the folds current? Asked before anything is judged by what storage has not heard."""

from collections.abc import Sequence
from typing import Any, Protocol

from testmesh_chassis.bus import Bus
from testmesh_chassis.bus.reader import entry_order, last_entry_of
from testmesh_chassis.database import Database
from testmesh_contracts import Topic

BEHIND_MS = 5_000


class Judge(Protocol):
    """Says whether storage has heard all that there is to hear."""

    async def __call__(self) -> bool: ...


class FoldOf(Protocol):
    """What is asked of a fold."""

    topic: Topic

    @property
    def is_current(self) -> bool: ...


class FoldsAreCurrent:
    """True when every fold, here or in another replica, had read everything a moment ago."""

    def __init__(self, database: Database, bus: Bus, folds: Sequence[FoldOf]) -> None:
        self._database = database
        self._bus = bus
        self._folds = folds

    async def __call__(self) -> bool:
        elsewhere = [fold.topic for fold in self._folds if not fold.is_current]
        if not elsewhere:
            return True
        async with self._database.connection() as connection:
            found = await connection.fetch(
                "SELECT topic, last_entry FROM executions.folds"
                " WHERE partition = 0 AND leased_until > clock_timestamp()"
            )
        read = {record["topic"]: record["last_entry"] for record in found}
        for topic in elsewhere:
            if topic.name not in read or not await self._is_read(topic, read[topic.name]):
                return False
        return True

    async def _is_read(self, topic: Topic, last_read: str) -> bool:
        """Tell whether nothing lies unread in the stream for longer than a moment."""
        client = self._bus.client
        last_said = await last_entry_of(client, topic.wire)
        if entry_order(last_said) < entry_order(last_read):
            return False
        unread: Any = await client.xrange(topic.wire, min=f"({last_read}", count=1)
        if not unread:
            return True
        seconds, microseconds = await client.time()
        said_ms, _ = entry_order(unread[0][0].decode())
        return seconds * 1000 + microseconds // 1000 - said_ms < BEHIND_MS
