"""The outbox: what a transaction wants said is a row of it, until it is confirmed.

A row is confirmed by what it led to (an execution's requests and cancels by its result), or, for facts,
when its entry has been passed by every hearer and is about to be trimmed. What is not confirmed and no
longer in the stream is said again by the relay; hearers absorb what they hear twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from testmesh_chassis.database import Connection
from testmesh_contracts import Entry, Message, Topic, encode, partition_of
from testmesh_contracts import topic as topic_of

COLUMNS = "id, key, topic, partition, type, execution, trace, body"


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """Something to say: `key` is what confirms it."""

    key: UUID
    topic: Topic
    entry: Entry
    partition: int = 0
    id: int = 0

    @property
    def stream(self) -> str:
        return self.topic.partition(self.partition)


def outbox_row(
    topic: Topic, message: Message, *, key: UUID, trace: str | None = None, partitions: int = 1
) -> OutboxRow:
    """Make a row of a message; the partition chosen here stays to the end."""
    entry = encode(topic, message, trace=trace)
    partition = partition_of(entry.execution, partitions) if entry.execution else 0
    return OutboxRow(key, topic, entry, partition)


class Outbox:
    """The outbox table of one schema."""

    def __init__(self, schema: str) -> None:
        self.schema = schema
        self._insert = f"INSERT INTO {schema}.outbox (key, topic, partition, type, execution, trace, body)"

    async def add(self, connection: Connection, rows: Sequence[OutboxRow]) -> list[OutboxRow]:
        """Add rows in one statement; return them with their ids, for the relay to say after the commit."""
        if not rows:
            return []
        found = await connection.fetch(
            self._insert + " SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::uuid[],"
            " $6::text[], $7::bytea[]) RETURNING id",
            [row.key for row in rows],
            [row.topic.name for row in rows],
            [row.partition for row in rows],
            [row.entry.type for row in rows],
            [row.entry.execution for row in rows],
            [row.entry.trace for row in rows],
            [row.entry.body for row in rows],
        )
        return [_with_id(row, record["id"]) for row, record in zip(rows, found, strict=True)]

    async def add_in(self, session: AsyncSession, row: OutboxRow) -> OutboxRow:
        """Add one row in a SQLModel session's transaction."""
        found = await (await session.connection()).execute(
            text(self._insert + " VALUES (:key, :topic, :partition, :type, :execution, :trace, :body) RETURNING id"),
            {
                "key": row.key,
                "topic": row.topic.name,
                "partition": row.partition,
                "type": row.entry.type,
                "execution": row.entry.execution,
                "trace": row.entry.trace,
                "body": row.entry.body,
            },
        )
        return _with_id(row, found.scalar_one())

    async def confirm(self, connection: Connection, keys: Sequence[UUID]) -> None:
        """Take out the rows that these keys confirm."""
        await connection.execute(
            f"DELETE FROM {self.schema}.outbox WHERE key = ANY($1::uuid[])",
            list(keys),
        )

    async def find(self, connection: Connection, key: UUID) -> list[OutboxRow]:
        """Return the rows not yet confirmed under a key, in order."""
        found = await connection.fetch(
            f"SELECT {COLUMNS} FROM {self.schema}.outbox WHERE key = $1 ORDER BY id",
            key,
        )
        return [row_of(record) for record in found]


def row_of(record: Any) -> OutboxRow:
    """Read a row of the table."""
    entry = Entry(type=record["type"], body=record["body"], execution=record["execution"], trace=record["trace"])
    return OutboxRow(record["key"], topic_of(record["topic"]), entry, record["partition"], record["id"])


def _with_id(row: OutboxRow, row_id: int) -> OutboxRow:
    return OutboxRow(row.key, row.topic, row.entry, row.partition, row_id)
