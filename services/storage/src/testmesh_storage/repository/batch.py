"""Rows in and out by the hundred: one statement for a batch, whatever its size."""

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any, ClassVar

from testmesh_chassis.database import Connection

JSON = "jsonb"


class Upsert:
    """One `INSERT … SELECT FROM unnest … ON CONFLICT` for rows whose attributes are named as the columns.

    `columns` maps a column to its type; `conflict` is what follows ON CONFLICT.
    ON CONFLICT finds its row by the key whatever the planner thinks of the table, which an UPDATE that
    joins does not.
    """

    def __init__(self, table: str, columns: Mapping[str, str], conflict: str) -> None:
        self._read = attrgetter(*columns)
        self._width = len(columns)
        names = ", ".join(f'"{name}"' for name in columns)
        arrays = ", ".join(f"${n}::{carried(kind)}[]" for n, kind in enumerate(columns.values(), 1))
        values = ", ".join(f'given."{name}"::{kind}' for name, kind in columns.items())
        self.sql = (
            f"INSERT INTO {table} AS kept ({names}) SELECT {values}"
            f" FROM unnest({arrays}) AS given ({names}) ON CONFLICT {conflict}"
        )

    def arrays(self, rows: Iterable[Any]) -> list[list[Any]]:
        """Return the rows' values column by column."""
        columns = [list(column) for column in zip(*map(self._read, rows), strict=True)]
        return columns or [[] for _ in range(self._width)]

    async def write(self, connection: Connection, rows: Iterable[Any]) -> None:
        arrays = self.arrays(rows)
        if arrays[0]:
            await connection.execute(self.sql, *arrays)


def carried(kind: str) -> str:
    """Return the type that a column's values travel as: JSON is text until it is there."""
    return "text" if kind == JSON else kind


def selected(columns: Mapping[str, str]) -> str:
    """Return the column list of a SELECT."""
    return ", ".join(f'"{name}"' for name in columns)


class PlanByKey:
    """Keeps the planner to the keys.

    A plan made while a table was small would be kept and read the whole of it when it is large.
    """

    SQL: ClassVar[str] = "SET LOCAL enable_seqscan = off"

    @classmethod
    async def use(cls, connection: Connection) -> None:
        await connection.execute(cls.SQL)
