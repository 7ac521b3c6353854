"""The relay: says the rows of an outbox right after their commit, and again where the stream lost them.

`say_soon` takes rows that were just committed. A pass every two seconds, in one replica at a time, picks
up what a crash left unsaid, and compares what was said with what the streams still hold. One record a
pipelined chunk remembers the entries, not an update of each row.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Any

import structlog
from prometheus_client import Gauge
from redis.asyncio import Redis

from testmesh_chassis.backoff import Backoff
from testmesh_chassis.bus.bus import Bus
from testmesh_chassis.bus.reader import entry_order, held_entries
from testmesh_chassis.database import Connection, Database
from testmesh_chassis.errors import is_outage
from testmesh_chassis.outbox import COLUMNS, Outbox, OutboxRow, row_of
from testmesh_chassis.pace import Pace
from testmesh_chassis.survey import Said, Survey
from testmesh_contracts import topic as topic_of

CHUNK = 500
PACE_S = 0.005
PASS_EVERY_S = 2.0
HELD = 20_000
"""Rows kept in memory to be said; what is beyond waits in the table for the pass."""

_log = structlog.get_logger(__name__)
_unsaid_age = Gauge("testmesh_outbox_unsaid_age_seconds", "Age of the oldest row not yet said.", ["schema"])


class Relay:
    """Says what one schema's outbox holds."""

    def __init__(self, database: Database, bus: Bus, outbox: Outbox) -> None:
        self._database = database
        self._bus = bus
        self._outbox = outbox
        self._waiting: deque[OutboxRow] = deque()
        self._under_way: list[OutboxRow] = []
        self._pace = Pace(PACE_S)
        self._woken = asyncio.Event()
        self._stopping = asyncio.Event()
        self._survey = Survey(bus, outbox.schema)
        self._tasks: list[asyncio.Task[None]] = []

    def say_soon(self, rows: Sequence[OutboxRow]) -> None:
        """Say rows whose transaction has committed."""
        self._waiting.extend(rows[: max(0, HELD - len(self._waiting))])
        self._woken.set()

    async def start(self) -> None:
        self._tasks = [asyncio.create_task(self._say_waiting()), asyncio.create_task(self._look_again())]

    async def stop(self) -> None:
        """Say what waits, if the stream server is there, and stop."""
        self._stopping.set()
        self._woken.set()
        await asyncio.gather(*self._tasks)

    async def _say_waiting(self) -> None:
        backoff = Backoff()
        while not (self._stopping.is_set() and not self._waiting):
            await self._woken.wait()
            self._woken.clear()
            while self._waiting:
                await self._pace.wait()
                self._pace.begin()
                self._under_way = [self._waiting.popleft() for _ in range(min(CHUNK, len(self._waiting)))]
                try:
                    await self._say(self._under_way)
                    backoff.reset()
                except Exception as error:
                    self._survey.forget()
                    if not is_outage(error):
                        _log.exception("rows not said, left to the next pass", schema=self._outbox.schema)
                    await backoff.wait(self._stopping)
                finally:
                    self._under_way = []

    async def _say(self, rows: Sequence[OutboxRow], times: int = 1) -> None:
        """Say rows in one pipeline a stream, then remember the entries."""
        streams: dict[str, list[OutboxRow]] = defaultdict(list)
        for row in rows:
            streams[row.stream].append(row)
        for stream, said in streams.items():
            entries = await self._bus.say_entries(stream, said[0].topic, [row.entry for row in said])
            async with self._database.connection() as connection:
                await connection.execute(
                    f"INSERT INTO {self._outbox.schema}.outbox_said"
                    " (topic, stream, rows, first_entry, last_entry, times) VALUES ($1, $2, $3, $4, $5, $6)",
                    said[0].topic.name,
                    stream,
                    [row.id for row in said],
                    entries[0],
                    entries[-1],
                    times,
                )

    async def _look_again(self) -> None:
        pause = Backoff(first=PASS_EVERY_S, longest=PASS_EVERY_S)
        while not self._stopping.is_set():
            try:
                await self._pass()
            except Exception as error:
                if not is_outage(error):
                    _log.exception("outbox pass failed", schema=self._outbox.schema)
            await pause.wait(self._stopping)

    async def _pass(self) -> None:
        try:
            await self._say_found()
        except BaseException:
            self._survey.forget()
            raise

    async def _say_found(self) -> None:
        # The streams are asked outside the transaction: it would be ended for idling while they answer.
        streams = await self._survey.streams()
        async with self._database.transaction() as connection:
            if not await connection.fetchval(
                "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))", f"{self._outbox.schema}.outbox"
            ):
                return
            unsaid, records = await self._survey.read(connection, streams)
        lost = await self._survey.lost(records, streams)
        rows = self._left(unsaid)
        for start in range(0, len(rows), CHUNK):
            await self._say(rows[start : start + CHUNK])
        for said in lost:
            await self._say_again(said)

    def _left(self, unsaid: Sequence[Any]) -> list[OutboxRow]:
        """Return those that this process is not about to say, or saying just now."""
        _unsaid_age.labels(self._outbox.schema).set(max((record["age"] for record in unsaid), default=0))
        ours = {row.id for row in (*self._waiting, *self._under_way)}
        return [row_of(record) for record in unsaid if record["id"] not in ours]

    async def _say_again(self, said: Said) -> None:
        async with self._database.connection() as connection:
            found = await connection.fetch(
                f"SELECT {COLUMNS} FROM {self._outbox.schema}.outbox WHERE id = ANY($1::bigint[]) ORDER BY id",
                said.rows,
            )
        if found:
            _log.info("saying again what the stream lost", schema=self._outbox.schema, rows=len(found))
            await self._say([row_of(record) for record in found], said.times + 1)
        async with self._database.connection() as connection:
            await connection.execute(
                f"DELETE FROM {self._outbox.schema}.outbox_said WHERE id = $1",
                said.id,
            )


async def confirm_trimmed(connection: Connection, client: Redis, outbox: Outbox, topic_name: str, before: str) -> int:
    """Confirm the facts whose entries lie before `before`, all passed by their hearers; return how many.

    Only those whose last entry the stream still holds: what it lost before somebody read it lies before
    that id too, and is for the relay to say again.
    """
    if topic_of(topic_name).kind != "facts":
        return 0
    ms, seq = entry_order(before)
    found = await connection.fetch(
        f"SELECT id, stream, rows, last_entry FROM {outbox.schema}.outbox_said WHERE topic = $1"
        " AND (split_part(last_entry, '-', 1)::bigint, split_part(last_entry, '-', 2)::bigint) < ($2, $3)",
        topic_name,
        ms,
        seq,
    )
    held = await held_entries(
        client, [(record["stream"], record["last_entry"], record["last_entry"]) for record in found]
    )
    passed = [record for record, is_held in zip(found, held, strict=True) if is_held]
    ids = [row_id for record in passed for row_id in record["rows"]]
    if ids:
        await connection.execute(f"DELETE FROM {outbox.schema}.outbox WHERE id = ANY($1::bigint[])", ids)
        await connection.execute(
            f"DELETE FROM {outbox.schema}.outbox_said WHERE id = ANY($1::bigint[])", [record["id"] for record in passed]
        )
    return len(ids)
