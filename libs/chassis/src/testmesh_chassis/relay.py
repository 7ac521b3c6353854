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
from testmesh_chassis.bus.reader import entry_order, server_id
from testmesh_chassis.database import Connection, Database
from testmesh_chassis.errors import is_outage
from testmesh_chassis.outbox import COLUMNS, Outbox, OutboxRow, row_of
from testmesh_contracts import topic as topic_of

CHUNK = 500
PASS_EVERY_S = 2.0
HELD = 20_000
"""Rows kept in memory to be said; what is beyond waits in the table for the pass."""
UNSAID_AFTER = "1 second"
PAST_ALL = "9" * 15
"""Later than any entry: an empty stream holds nothing of what was said."""
AGAIN_FIRST_S = 10
AGAIN_LONGEST_S = 600

_log = structlog.get_logger(__name__)
_unsaid_age = Gauge("testmesh_outbox_unsaid_age_seconds", "Age of the oldest row not yet said.", ["schema"])


class Relay:
    """Says what one schema's outbox holds."""

    def __init__(self, database: Database, bus: Bus, outbox: Outbox) -> None:
        self._database = database
        self._bus = bus
        self._outbox = outbox
        self._waiting: deque[OutboxRow] = deque()
        self._woken = asyncio.Event()
        self._stopping = asyncio.Event()
        self._verified: dict[int, str] = {}
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
                chunk = [self._waiting.popleft() for _ in range(min(CHUNK, len(self._waiting)))]
                try:
                    await self._say(chunk)
                    backoff.reset()
                except Exception as error:
                    if not is_outage(error):
                        _log.exception("rows not said, left to the next pass", schema=self._outbox.schema)
                    await backoff.wait(self._stopping)

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
        async with self._database.transaction() as connection:
            if not await connection.fetchval(
                "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))", f"{self._outbox.schema}.outbox"
            ):
                return
            unsaid = await self._unsaid(connection)
            records = await self._records(connection)
        # The streams are asked outside the transaction: it would be ended for idling while they answer.
        lost = await self._lost(records)
        for row in range(0, len(unsaid), CHUNK):
            await self._say(unsaid[row : row + CHUNK])
        for record_id, row_ids, times in lost:
            await self._say_again(record_id, row_ids, times)

    async def _unsaid(self, connection: Connection) -> list[OutboxRow]:
        found = await connection.fetch(unsaid_sql(self._outbox.schema))
        _unsaid_age.labels(self._outbox.schema).set(max((record["age"] for record in found), default=0))
        waiting = {row.id for row in self._waiting}
        return [row_of(record) for record in found if record["id"] not in waiting]

    async def _records(self, connection: Connection) -> list[Any]:
        found: list[Any] = await connection.fetch(
            "SELECT id, topic, stream, rows, first_entry, last_entry, times,"
            " extract(epoch FROM clock_timestamp() - said_at)::float AS age"
            f" FROM {self._outbox.schema}.outbox_said"
        )
        return found

    async def _lost(self, records: Sequence[Any]) -> list[tuple[int, list[int], int]]:
        """Return the records whose entries the stream no longer holds, and whose time to be said again has come."""
        server = await server_id(self._bus.client)
        firsts = {stream: await self._first_entry(stream) for stream in {record["stream"] for record in records}}
        gone, unsure = set(), []
        for record in records:
            if entry_order(firsts[record["stream"]]) > entry_order(record["last_entry"]):
                gone.add(record["id"])
            elif self._verified.get(record["id"]) != server:
                unsure.append(record)
        places = [(record["stream"], record["first_entry"], record["last_entry"]) for record in unsure]
        for record, held in zip(unsure, await _held(self._bus.client, places), strict=True):
            if held:
                self._verified[record["id"]] = server
            else:
                gone.add(record["id"])
        self._verified = {key: self._verified[key] for record in records if (key := record["id"]) in self._verified}
        return [
            (record["id"], record["rows"], record["times"])
            for record in records
            if record["id"] in gone and record["age"] >= _patience(record["times"])
        ]

    async def _first_entry(self, stream: str) -> str:
        found: Any = await self._bus.client.xrange(stream, count=1)
        return str(found[0][0].decode()) if found else PAST_ALL

    async def _say_again(self, record_id: int, row_ids: list[int], times: int) -> None:
        async with self._database.connection() as connection:
            found = await connection.fetch(
                f"SELECT {COLUMNS} FROM {self._outbox.schema}.outbox WHERE id = ANY($1::bigint[]) ORDER BY id",
                row_ids,
            )
        if found:
            _log.info("saying again what the stream lost", schema=self._outbox.schema, rows=len(found))
            await self._say([row_of(record) for record in found], times + 1)
        async with self._database.connection() as connection:
            await connection.execute(
                f"DELETE FROM {self._outbox.schema}.outbox_said WHERE id = $1",
                record_id,
            )


def unsaid_sql(schema: str) -> str:
    """Return the question for rows that no record remembers, as one anti-join.

    NOT IN would walk all records once a row: facts of a day are enough for it to end at the statement timeout.
    """
    return (
        f"SELECT {COLUMNS}, extract(epoch FROM clock_timestamp() - created_at)::float AS age"
        f" FROM {schema}.outbox WHERE created_at < clock_timestamp() - interval '{UNSAID_AFTER}'"
        f" AND NOT EXISTS (SELECT FROM {schema}.outbox_said, unnest(rows) AS said (id)"
        " WHERE said.id = outbox.id) ORDER BY id LIMIT 5000"
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
    held = await _held(client, [(record["stream"], record["last_entry"], record["last_entry"]) for record in found])
    passed = [record for record, is_held in zip(found, held, strict=True) if is_held]
    ids = [row_id for record in passed for row_id in record["rows"]]
    if ids:
        await connection.execute(f"DELETE FROM {outbox.schema}.outbox WHERE id = ANY($1::bigint[])", ids)
        await connection.execute(
            f"DELETE FROM {outbox.schema}.outbox_said WHERE id = ANY($1::bigint[])", [record["id"] for record in passed]
        )
    return len(ids)


async def _held(client: Redis, places: Sequence[tuple[str, str, str]]) -> list[bool]:
    """Tell of each (stream, first, last) whether the stream holds both entries."""
    held: list[bool] = []
    for start in range(0, len(places), CHUNK):
        pipe = client.pipeline(transaction=False)
        for stream, first, last in places[start : start + CHUNK]:
            pipe.xrange(stream, first, first)
            pipe.xrange(stream, last, last)
        found: list[Any] = await pipe.execute()
        held += [bool(first and last) for first, last in zip(found[::2], found[1::2], strict=True)]
    return held


def _patience(times: int) -> float:
    """Return how old a record must be before its rows are said again: at once, then 10 s, doubling to 10 min."""
    return 0 if times <= 1 else min(AGAIN_LONGEST_S, AGAIN_FIRST_S * 2 ** min(times - 2, 16))
