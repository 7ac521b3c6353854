"""Folding a stream into rows: one owner a partition, the offset kept in the transaction of the effect.

Each entry takes effect in order and exactly once for as long as the server behind the address is the
same; after another one answers, the stream is read again from its first entry and the effect must
absorb what it has seen. An entry whose effect the database refuses is found by halving, and goes to the
dead letters together with a mark on what it spoke of.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from redis.asyncio import Redis

from testmesh_chassis.backoff import Backoff
from testmesh_chassis.bus.client import Entries
from testmesh_chassis.bus.dead_letters import bury
from testmesh_chassis.bus.reader import FIRST, StreamReader
from testmesh_chassis.bus.received import Received
from testmesh_chassis.database import Connection, Database
from testmesh_chassis.errors import OwnershipLostError, is_outage
from testmesh_chassis.pace import Pace
from testmesh_contracts import EntryInvalidError, Message, Topic, decode, read_entry

LEASE_S = 5
PACE_S = 0.02
TRIES = 3

_log = structlog.get_logger(__name__)

AfterCommit = Callable[[], None]
Apply = Callable[[Connection, Sequence[Received[Any]]], Awaitable[AfterCommit | None]]
Mark = Callable[[Connection, Message | None, dict[bytes, bytes]], Awaitable[None]]


@dataclass(frozen=True)
class Folded:
    """What a fold does with entries.

    `apply` writes the effect of a batch, and may return what to do after the commit. `mark_dead` notes in
    the same transaction that an entry went to the dead letters (its message is None where it is unreadable).
    """

    apply: Apply
    mark_dead: Mark


class Fold:
    """Reads one partition of a topic into the schema, while this replica holds its lease."""

    def __init__(
        self,
        database: Database,
        client: Redis,
        url: str,
        *,
        schema: str,
        topic: Topic,
        owner: str,
        folded: Folded,
        partition: int = 0,
        batch: int = 500,
    ) -> None:
        self.topic = topic
        self.partition = partition
        self._database = database
        self._client = client
        self._folded = folded
        self._owner = owner
        self._schema = schema
        self._reader = StreamReader(url, topic.partition(partition), count=batch, pace=Pace(PACE_S))
        self._epoch: int | None = None
        self._renewed = 0.0
        self._caught_up_at = 0.0
        self._stopping = asyncio.Event()

    @property
    def is_current(self) -> bool:
        """Whether this replica owns the fold and had read everything a moment ago."""
        return self._epoch is not None and time.monotonic() - self._caught_up_at < LEASE_S

    async def run(self) -> None:
        """Fold until stopped; lost leases and outages are waited out."""
        backoff = Backoff()
        while not self._stopping.is_set():
            try:
                await self._step(backoff)
            except OwnershipLostError as lost:
                _log.warning("fold taken over by another replica", reason=str(lost))
                self._epoch = None
            except Exception as error:
                if not is_outage(error):
                    _log.exception("fold failed, trying again", topic=self.topic.name)
                elif backoff.tries == 0:
                    _log.warning("fold waits, a server is away", topic=self.topic.name, error=repr(error))
                self._epoch = None
                await backoff.wait(self._stopping)
        await self._release()
        await self._reader.close()

    def stop(self) -> None:
        self._stopping.set()
        self._reader.stop()

    async def _step(self, backoff: Backoff) -> None:
        if self._epoch is None and not await self._take_lease():
            await Backoff(first=1.0).wait(self._stopping)
            return
        entries = await self._reader.read()
        backoff.reset()
        if self._stopping.is_set() and not entries:
            return  # a read that was let go of says nothing about being current
        if entries:
            await self._fold(entries)
        else:
            self._caught_up_at = time.monotonic()
            await self._renew()

    async def _fold(self, entries: Entries) -> None:
        batch: list[Received[Any]] = []
        for raw_id, fields in entries:
            entry_id = raw_id.decode()
            try:
                entry = read_entry(self.topic, fields)
                message = decode(self.topic, entry)
            except EntryInvalidError as invalid:
                await self._write(batch)
                batch = []
                await self._bury(entry_id, fields, None, invalid.reason)
                continue
            if message is not None:
                batch.append(Received(message, entry, entry_id))
        await self._write(batch, last=entries[-1][0].decode())
        if len(entries) < self._reader.count:
            self._caught_up_at = time.monotonic()

    async def _write(self, batch: Sequence[Received[Any]], *, last: str | None = None) -> None:
        """Apply a batch; halve it until an entry that is refused stands alone."""
        last = last or (batch[-1].entry_id if batch else None)
        if last is None:
            return
        for attempt in range(1, TRIES + 1):
            try:
                await self._commit(batch, last)
            except Exception as error:
                if is_outage(error) or isinstance(error, OwnershipLostError):
                    raise
                if len(batch) > 1:
                    middle = len(batch) // 2
                    await self._write(batch[:middle])
                    await self._write(batch[middle:], last=last)
                    return
                if attempt == TRIES:
                    await self._bury(last, batch[0].entry.fields(), batch[0].message, repr(error))
            else:
                return

    async def _commit(self, batch: Sequence[Received[Any]], last: str) -> None:
        after: AfterCommit | None = None
        async with self._database.transaction() as connection:
            if batch:
                after = await self._apply(connection, batch)
            await self._advance(connection, last)
        self._reader.after = last
        if after is not None:
            after()

    async def _apply(self, connection: Connection, batch: Sequence[Received[Any]]) -> AfterCommit | None:
        """Apply a batch; while a large one takes its time, the lease is kept."""
        effect = asyncio.ensure_future(self._folded.apply(connection, batch))
        try:
            while not (await asyncio.wait((effect,), timeout=LEASE_S / 4))[0]:
                await self._renew()
        finally:
            if not effect.done():
                effect.cancel()
                await asyncio.wait((effect,))
        return effect.result()

    async def _bury(self, entry_id: str, fields: dict[bytes, bytes], message: Message | None, reason: str) -> None:
        await bury(self._client, self.topic, entry_id, fields, reason=reason, hearer=self._owner)
        try:
            async with self._database.transaction() as connection:
                await self._folded.mark_dead(connection, message, fields)
                await self._advance(connection, entry_id)
        except Exception as error:
            if is_outage(error) or isinstance(error, OwnershipLostError):
                raise
            # One entry that cannot even be marked must not stop all that come after it, for ever.
            _log.exception("dead letter without its mark", topic=self.topic.name, entry_id=entry_id)
            await self._commit([], entry_id)
        self._reader.after = entry_id

    async def _advance(self, connection: Connection, last: str) -> None:
        status = await connection.execute(
            f"UPDATE {self._schema}.folds SET last_entry = $1, server = $2,"
            f" leased_until = clock_timestamp() + interval '{LEASE_S} s'"
            " WHERE topic = $3 AND partition = $4 AND epoch = $5",
            last,
            self._reader.server,
            self.topic.name,
            self.partition,
            self._epoch,
        )
        if status != "UPDATE 1":
            raise OwnershipLostError(f"the fold of {self.topic.name}")
        self._renewed = time.monotonic()

    async def _take_lease(self) -> bool:
        async with self._database.connection() as connection:
            row = await connection.fetchrow(
                f"INSERT INTO {self._schema}.folds AS held"
                " (topic, partition, owner, epoch, leased_until, last_entry)"
                f" VALUES ($1, $2, $3, 1, clock_timestamp() + interval '{LEASE_S} s', $4)"
                " ON CONFLICT (topic, partition) DO UPDATE SET owner = excluded.owner,"
                " epoch = held.epoch + 1, leased_until = excluded.leased_until"
                " WHERE held.owner = excluded.owner OR held.leased_until < clock_timestamp()"
                " RETURNING epoch, last_entry, server",
                self.topic.name,
                self.partition,
                self._owner,
                FIRST,
            )
        if row is None:
            return False
        await self._reader.close()
        self._epoch, self._reader.after, self._reader.server = row["epoch"], row["last_entry"], row["server"]
        self._renewed = time.monotonic()
        return True

    async def _renew(self) -> None:
        if time.monotonic() - self._renewed > LEASE_S / 4:
            async with self._database.connection() as connection:
                await self._advance(connection, self._reader.after)

    async def _release(self) -> None:
        if self._epoch is None:
            return
        try:
            async with self._database.connection() as connection:
                await connection.execute(
                    f"UPDATE {self._schema}.folds SET leased_until = clock_timestamp()"
                    " WHERE topic = $1 AND partition = $2 AND epoch = $3",
                    self.topic.name,
                    self.partition,
                    self._epoch,
                )
        except Exception as error:
            if not is_outage(error):
                raise
            _log.info("lease not given back, it runs out by itself", topic=self.topic.name)
