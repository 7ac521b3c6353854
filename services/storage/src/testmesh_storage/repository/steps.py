"""Rows that belong to a run: its steps, what they logged, the files they left."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from testmesh_chassis.database import Connection
from testmesh_storage.repository.batch import Upsert

COLUMNS = {
    "execution_id": "uuid",
    "run": "int",
    "path": "text",
    "project_id": "uuid",
    "fence": "bigint",
    "step_number": "int",
    "id": "uuid",
    "step_id": "text",
    "step_name": "text",
    "parent_step_id": "uuid",
    "parent_path": "text",
    "iteration": "int",
    "phase": "text",
    "action": "text",
    "status": "text",
    "started_at": "timestamptz",
    "finished_at": "timestamptz",
    "duration_ms": "float8",
    "input": "jsonb",
    "output": "jsonb",
    "outputs": "jsonb",
    "assertions": "jsonb",
    "attempts": "jsonb",
    "error_code": "text",
    "error_message": "text",
    "line": "int",
    "column": "int",
    "retry_count": "int",
}
LOGS = {
    "execution_id": "uuid",
    "run": "int",
    "seq": "int",
    "project_id": "uuid",
    "path": "text",
    "level": "text",
    "message": "text",
    "at": "timestamptz",
}
ARTIFACTS = {
    "id": "uuid",
    "project_id": "uuid",
    "execution_id": "uuid",
    "run": "int",
    "step_id": "uuid",
    "path": "text",
    "type": "text",
    "name": "text",
    "storage_path": "text",
    "size_bytes": "bigint",
    "sha256": "text",
    "created_at": "timestamptz",
}


@dataclass(slots=True)
class Step:
    """One step of one run; JSON as text."""

    execution_id: UUID
    run: int
    path: str
    project_id: UUID | None
    fence: int
    step_number: int
    id: UUID
    step_id: str
    step_name: str
    parent_step_id: UUID | None
    parent_path: str | None
    iteration: int | None
    phase: str
    action: str
    status: str
    started_at: datetime
    finished_at: datetime | None = None
    duration_ms: float | None = None
    input: str | None = None
    output: str | None = None
    outputs: str | None = None
    assertions: str | None = None
    attempts: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    line: int | None = None
    column: int | None = None
    retry_count: int = 0


@dataclass(slots=True)
class Log:
    """A line that a run or one of its steps logged."""

    execution_id: UUID
    run: int
    seq: int
    project_id: UUID | None
    path: str | None
    level: str
    message: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file that a step left."""

    id: UUID
    project_id: UUID | None
    execution_id: UUID
    run: int
    step_id: UUID | None
    path: str | None
    type: str
    name: str
    storage_path: str
    size_bytes: int
    sha256: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Closing:
    """Steps of an execution that nobody will end: those still open with a fence up to this one."""

    execution_id: UUID
    fence: int
    code: str
    reason: str
    at: datetime


_SAVE = Upsert(
    "executions.execution_steps",
    COLUMNS,
    "(execution_id, run, path) DO UPDATE SET "
    + ", ".join(f'"{name}" = excluded."{name}"' for name in COLUMNS if name not in {"execution_id", "run", "path"}),
)
_LOG = Upsert("executions.logs", LOGS, "DO NOTHING")
_FILE = Upsert("executions.artifacts", ARTIFACTS, "DO NOTHING")


def step_row_id(execution_id: UUID, run: int, path: str) -> UUID:
    """Return the id of a step's row: the same whenever its events are applied again."""
    return uuid5(execution_id, f"{run}/{path}")


async def save(connection: Connection, rows: Iterable[Step]) -> None:
    await _SAVE.write(connection, rows)


async def add_logs(connection: Connection, rows: Iterable[Log]) -> None:
    await _LOG.write(connection, rows)


async def add_artifacts(connection: Connection, rows: Iterable[Artifact]) -> None:
    await _FILE.write(connection, rows)


async def close(connection: Connection, closings: Iterable[Closing]) -> None:
    """End the steps that are still open as `error`."""
    await connection.execute(
        "UPDATE executions.execution_steps AS step SET status = 'error', error_code = lost.code,"
        " error_message = lost.reason, finished_at = greatest(lost.at, step.started_at),"
        " duration_ms = greatest(0, extract(epoch FROM lost.at - step.started_at) * 1000)"
        " FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[])"
        " AS lost (execution_id, fence, code, reason, at)"
        " WHERE step.execution_id = lost.execution_id AND step.fence <= lost.fence AND step.status = 'running'",
        *(
            list(column)
            for column in zip(*((c.execution_id, c.fence, c.code, c.reason, c.at) for c in closings), strict=True)
        ),
    )
