"""Reading executions and their steps for people: by key, newest first, never by a scan of a table."""

from typing import Any
from uuid import UUID

from testmesh_chassis.bus.reader import FIRST
from testmesh_chassis.database import Connection
from testmesh_contracts.live import SOURCES, LiveCursor, Place
from testmesh_contracts.topics import EVENTS
from testmesh_storage.repository.batch import selected
from testmesh_storage.repository.executions import READ, TABLE
from testmesh_storage.repository.steps import COLUMNS as STEP_COLUMNS

COUNTED = 10_000
_HIDDEN = {"fence", "start_by", "timeout_ms", "tainted", "tainted_reason", "trace_id"}
_SUMMARY = selected({name: kind for name, kind in READ.items() if name not in _HIDDEN})
_STEP = selected({name: kind for name, kind in STEP_COLUMNS.items() if name not in {"project_id", "fence"}})

FEED = next(source.name for source in SOURCES if source.topic is EVENTS)
_LAST_ENTRY = f"SELECT last_entry FROM executions.folds WHERE topic = '{EVENTS.name}' AND partition = 0"


async def find(connection: Connection, project_id: UUID, execution_id: UUID) -> Any | None:
    """Return an execution's row with its plan and outputs, and the last entry of the feed that it has in it."""
    return await connection.fetchrow(
        f"SELECT {_SUMMARY}, planned, outputs, ({_LAST_ENTRY}) AS last_entry FROM {TABLE}"
        " WHERE id = $1 AND project_id = $2",
        execution_id,
        project_id,
    )


async def is_there(connection: Connection, project_id: UUID, execution_id: UUID) -> bool:
    """Tell whether the project has the execution."""
    found: bool = await connection.fetchval(
        f"SELECT EXISTS (SELECT FROM {TABLE} WHERE id = $1 AND project_id = $2)", execution_id, project_id
    )
    return found


def cursor_at(last_entry: str | None) -> str:
    """Return the cursor of the live feed that stands at an entry of what runners say."""
    return str(LiveCursor({FEED: Place.of_entry(last_entry or FIRST)}))


async def feed_cursor(connection: Connection) -> str:
    """Return the last entry of what runners say that has become rows, as a cursor of the live feed."""
    return cursor_at(await connection.fetchval(_LAST_ENTRY))


async def whole_cursor(connection: Connection) -> str:
    """Return the last entry of each source of the live feed that has become rows, as its cursor."""
    names = {(source.topic.name, source.partition): source.name for source in SOURCES}
    found = await connection.fetch(
        "SELECT topic, partition, last_entry FROM executions.folds WHERE topic = ANY($1)", [topic for topic, _ in names]
    )
    places = {FEED: Place.of_entry(FIRST)}
    for row in found:
        places[names[row["topic"], row["partition"]]] = Place.of_entry(row["last_entry"])
    return str(LiveCursor(places))


async def page(
    connection: Connection,
    *,
    project_id: UUID,
    flow_id: UUID | None,
    batch_id: UUID | None,
    status: str | None,
    after: UUID | None,
    limit: int,
) -> list[Any]:
    """Return the next rows after an id, newest first."""
    where, values = _filter(project_id, flow_id, batch_id)
    if status is not None:
        values.append(status)
        where += f" AND status = ${len(values)}"
    if after is not None:
        values.append(after)
        where += f" AND id < ${len(values)}"
    values.append(limit)
    found = await connection.fetch(
        f"SELECT {_SUMMARY} FROM {TABLE} WHERE {where} ORDER BY id DESC LIMIT ${len(values)}", *values
    )
    return list(found)


async def count(
    connection: Connection, *, project_id: UUID, flow_id: UUID | None, batch_id: UUID | None, status: str | None
) -> int:
    """Return how many there are among the newest 10,000."""
    where, values = _filter(project_id, flow_id, batch_id)
    newest = f"SELECT status FROM {TABLE} WHERE {where} ORDER BY id DESC LIMIT {COUNTED}"
    counted = "count(*)" if status is None else f"count(*) FILTER (WHERE status = ${len(values) + 1})"
    values += [] if status is None else [status]
    total: int = await connection.fetchval(f"SELECT {counted} FROM ({newest}) AS newest", *values)
    return total


async def steps(connection: Connection, execution_id: UUID, after: tuple[int, int], limit: int | None) -> list[Any]:
    """Return steps of all runs in the order of run and start."""
    found = await connection.fetch(
        f"SELECT {_STEP} FROM executions.execution_steps"
        " WHERE execution_id = $1 AND (run, step_number) > ($2, $3) ORDER BY run, step_number, path LIMIT $4",
        execution_id,
        *after,
        limit,
    )
    return list(found)


def _filter(project_id: UUID, flow_id: UUID | None, batch_id: UUID | None) -> tuple[str, list[Any]]:
    values: list[Any] = [project_id]
    where = "project_id = $1"
    for name, value in (("flow_id", flow_id), ("batch_id", batch_id)):
        if value is not None:
            values.append(value)
            where += f" AND {name} = ${len(values)}"
    return where, values
