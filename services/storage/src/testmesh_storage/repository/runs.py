"""Rows of runs: whose claim, how far its events are applied, and the events that wait behind a hole."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from testmesh_chassis.database import Connection
from testmesh_storage.repository.batch import Upsert, selected

COLUMNS = {
    "execution_id": "uuid",
    "run": "int",
    "project_id": "uuid",
    "claim": "bigint",
    "runner_id": "text",
    "status": "text",
    "started_at": "timestamptz",
    "finished_at": "timestamptz",
    "last_seq": "int",
    "lost_events": "int",
    "refused": "int",
    "hole_since": "timestamptz",
    "terminal_held_since": "timestamptz",
    "first_event_at": "timestamptz",
    "last_event_at": "timestamptz",
}
HELD = {"execution_id": "uuid", "run": "int", "seq": "int", "event": "jsonb"}


@dataclass(slots=True)
class Run:
    """One carrying-out of an execution. `last_seq` is the last event of those applied without a hole."""

    execution_id: UUID
    run: int
    project_id: UUID | None = None
    claim: int = 0
    runner_id: str | None = None
    status: str = "pending"
    started_at: datetime | None = None
    finished_at: datetime | None = None
    last_seq: int = 0
    lost_events: int = 0
    refused: int = 0
    hole_since: datetime | None = None
    terminal_held_since: datetime | None = None
    first_event_at: datetime | None = None
    last_event_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """An event behind a hole; none where it is known that it cannot be read."""

    execution_id: UUID
    run: int
    seq: int
    event: str | None


_SAVE = Upsert(
    "executions.runs",
    COLUMNS,
    "(execution_id, run) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name not in {"execution_id", "run"}),
)
_HOLD = Upsert("executions.events_ahead", HELD, "DO NOTHING")


async def of_executions(connection: Connection, ids: Sequence[UUID]) -> list[Run]:
    """Return every run of these executions, whose rows this transaction has locked."""
    records = await connection.fetch(
        f"SELECT {selected(COLUMNS)} FROM executions.runs WHERE execution_id = ANY($1::uuid[])", ids
    )
    return [Run(*record) for record in records]


async def save(connection: Connection, runs: Iterable[Run]) -> None:
    await _SAVE.write(connection, runs)


async def held_events(connection: Connection, ids: Sequence[UUID]) -> list[Held]:
    """Return the events of these executions that wait behind a hole."""
    records = await connection.fetch(
        f"SELECT {selected(HELD)} FROM executions.events_ahead WHERE execution_id = ANY($1::uuid[])", ids
    )
    return [Held(*record) for record in records]


async def hold(connection: Connection, events: Iterable[Held]) -> None:
    await _HOLD.write(connection, events)


async def release(connection: Connection, events: Sequence[tuple[UUID, int, int]]) -> None:
    """Forget held events that were applied."""
    await connection.execute(
        "DELETE FROM executions.events_ahead AS held USING unnest($1::uuid[], $2::int[], $3::int[])"
        " AS gone (execution_id, run, seq)"
        " WHERE (held.execution_id, held.run, held.seq) = (gone.execution_id, gone.run, gone.seq)",
        *(list(column) for column in zip(*events, strict=True)),
    )


async def with_holes(connection: Connection, limit: int) -> list[Run]:
    """Return runs some of whose events wait behind a hole."""
    records = await connection.fetch(
        f"SELECT {selected(COLUMNS)} FROM executions.runs WHERE (execution_id, run) IN"
        " (SELECT DISTINCT execution_id, run FROM executions.events_ahead LIMIT $1)",
        limit,
    )
    return [Run(*record) for record in records]
