"""Reading log lines: pages by key in the order of run and event, bounded in number and in bytes."""

from dataclasses import dataclass
from typing import Any, get_args

from testmesh_chassis.database import Connection
from testmesh_contracts.message import LogLevel
from testmesh_contracts.queries import ListLogs

LEVELS: tuple[LogLevel, ...] = get_args(LogLevel)
"""From the least to the gravest."""
PAGE_BYTES = 1024 * 1024
"""Of text, as it is kept: no more than six times that as JSON, which an answer carries."""


@dataclass(frozen=True, slots=True)
class LogPage:
    """Lines, and whether there are more behind them."""

    records: list[Any]
    more: bool


async def page(connection: Connection, query: ListLogs) -> LogPage:
    """Return the next lines that a question asks for: at least one where there is one, however long it is."""
    where, values = _filter(query)
    limit, room = len(values) + 1, len(values) + 2
    found = await connection.fetch(
        "WITH next AS (SELECT run, seq, at, level, path, message FROM executions.logs"
        f" WHERE {where} ORDER BY run, seq LIMIT ${limit}::int + 1),"
        " weighed AS (SELECT *, row_number() OVER in_order AS place, count(*) OVER () AS found,"
        " sum(octet_length(message) + coalesce(octet_length(path), 0)) OVER in_order AS bytes"
        " FROM next WINDOW in_order AS (ORDER BY run, seq ROWS UNBOUNDED PRECEDING))"
        " SELECT run, seq, at, level, path, message, found FROM weighed"
        f" WHERE place = 1 OR (place <= ${limit} AND bytes <= ${room}) ORDER BY place",
        *values,
        query.limit,
        PAGE_BYTES,
    )
    return LogPage(list(found), bool(found) and found[0]["found"] > len(found))


def _filter(query: ListLogs) -> tuple[str, list[Any]]:
    """Compare text by position and by prefix: no character of it means anything but itself."""
    values: list[Any] = [query.execution_id, query.after_run, query.after_seq]
    where = "execution_id = $1 AND (run, seq) > ($2, $3)"
    if query.level != LEVELS[0]:
        values.append(list(LEVELS[LEVELS.index(query.level) :]))
        where += f" AND level = ANY(${len(values)}::text[])"
    if query.step is not None:
        values.append(query.step)
        step = f"${len(values)}::text"
        begins = "".join(f" OR starts_with(path, {step} || '{sign}')" for sign in "/[@")
        where += f" AND (path = {step}{begins})"
    if query.text is not None:
        values.append(query.text)
        where += f" AND position(lower(${len(values)}::text) IN lower(message)) > 0"
    return where, values
