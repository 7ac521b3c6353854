"""Rows of executions on their way through the folds: locked, read, written by the hundred.

Whoever changes executions first makes the missing rows and then locks all of them, both in the order of
their ids. So no two folds can wait for each other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from testmesh_chassis.database import Connection
from testmesh_contracts import TERMINAL
from testmesh_storage.repository.batch import PlanByKey, Upsert, selected

TABLE = "executions.executions"
READ = {
    "id": "uuid",
    "project_id": "uuid",
    "flow_id": "uuid",
    "flow_name": "text",
    "flow_version": "int",
    "status": "text",
    "environment": "text",
    "trigger_type": "text",
    "triggered_by": "text",
    "parent_id": "uuid",
    "batch_id": "uuid",
    "priority": "text",
    "labels": "jsonb",
    "run": "int",
    "fence": "bigint",
    "requested_at": "timestamptz",
    "start_by": "timestamptz",
    "timeout_ms": "bigint",
    "deadline_at": "timestamptz",
    "started_at": "timestamptz",
    "finished_at": "timestamptz",
    "duration_ms": "float8",
    "error_code": "text",
    "error_message": "text",
    "warnings": "jsonb",
    "step_counts": "jsonb",
    "lost_events": "int",
    "delayed_reason": "text",
    "tainted": "boolean",
    "tainted_reason": "text",
    "trace_id": "text",
    "upload": "jsonb",
}
ONCE = {"context": "jsonb", "planned": "jsonb", "outputs": "jsonb"}
"""Large and told once: never read by a fold, kept where a fold says nothing new."""
COLUMNS = READ | ONCE


@dataclass(slots=True)
class Execution:
    """The state of an execution; JSON as text."""

    id: UUID
    project_id: UUID | None = None
    flow_id: UUID | None = None
    flow_name: str | None = None
    flow_version: int | None = None
    status: str = "pending"
    environment: str | None = None
    trigger_type: str | None = None
    triggered_by: str | None = None
    parent_id: UUID | None = None
    batch_id: UUID | None = None
    priority: str | None = None
    labels: str | None = None
    run: int = 0
    fence: int = 0
    requested_at: datetime | None = None
    start_by: datetime | None = None
    timeout_ms: int | None = None
    deadline_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    duration_ms: float | None = None
    error_code: str | None = None
    error_message: str | None = None
    warnings: str | None = None
    step_counts: str | None = None
    lost_events: int = 0
    delayed_reason: str | None = None
    tainted: bool = False
    tainted_reason: str | None = None
    trace_id: str | None = None
    upload: str | None = None
    context: str | None = None
    planned: str | None = None
    outputs: str | None = None

    @property
    def is_terminal(self) -> bool:
        return self.status in TERMINAL


_SAVE = Upsert(
    TABLE,
    COLUMNS,
    "(id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in READ if name != "id")
    + ", "
    + ", ".join(f"{name} = coalesce(excluded.{name}, kept.{name})" for name in ONCE),
)
_ADD = Upsert(TABLE, COLUMNS, "DO NOTHING RETURNING id")
_LOCK = f"SELECT {selected(READ)} FROM {TABLE} WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
_OVERDUE = (
    f"SELECT {selected(READ)} FROM {TABLE} WHERE id >= $1 AND finished_at IS NULL AND deadline_at < $2"
    " AND project_id IS NOT NULL ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED"
)


async def add_new(connection: Connection, executions: Sequence[Execution]) -> set[UUID]:
    """Add rows that are not there yet; return the ids of those that were added."""
    await PlanByKey.use(connection)
    rows = sorted(executions, key=_by_id)
    return {record["id"] for record in await connection.fetch(_ADD.sql, *_ADD.arrays(rows))}


async def lock(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, Execution]:
    """Lock and read the rows that are there."""
    await PlanByKey.use(connection)
    records = await connection.fetch(_LOCK, sorted(ids))
    return {record["id"]: Execution(*record) for record in records}


async def make_and_lock(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, Execution]:
    """Lock and read the rows, after making those that are missing."""
    await PlanByKey.use(connection)
    wanted = sorted(ids)
    await connection.execute(
        f"INSERT INTO {TABLE} (id) SELECT * FROM unnest($1::uuid[]) ON CONFLICT DO NOTHING",
        wanted,
    )
    return {record["id"]: Execution(*record) for record in await connection.fetch(_LOCK, wanted)}


async def save(connection: Connection, executions: Iterable[Execution]) -> None:
    """Write rows that this transaction has locked."""
    await _SAVE.write(connection, sorted(executions, key=_by_id))


async def lock_overdue(connection: Connection, first: UUID, before: datetime, limit: int) -> list[Execution]:
    """Lock and read executions from an id on that should have ended `before` a moment and have not."""
    return [Execution(*record) for record in await connection.fetch(_OVERDUE, first, before, limit)]


async def oldest_open(connection: Connection, first: UUID) -> UUID | None:
    """Return the lowest id, from `first` on, that has not ended."""
    found: UUID | None = await connection.fetchval(
        f"SELECT id FROM {TABLE} WHERE id >= $1 AND finished_at IS NULL ORDER BY id LIMIT 1", first
    )
    return found


async def newest(connection: Connection) -> UUID | None:
    """Return the highest id; none where there is no execution."""
    found: UUID | None = await connection.fetchval(f"SELECT id FROM {TABLE} ORDER BY id DESC LIMIT 1")
    return found


def _by_id(execution: Execution) -> UUID:
    return execution.id
