"""What a database answers, before it is a step's result; and what it is asked with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from testmesh_engine.database.dsn import Dsn
from testmesh_engine.database.statement import Statement


@dataclass(frozen=True, slots=True)
class Question:
    """A statement, the database that it goes to, and the bounds that it has there."""

    dsn: Dsn
    statement: Statement
    transaction: bool | Literal["rollback"]
    max_rows: int
    seconds: float | None
    """What the server may take for the statement; None: as long as it likes."""

    @property
    def what(self) -> str:
        return f"{self.statement.verb.upper() or 'the query'} on {self.dsn}"


@dataclass(frozen=True, slots=True)
class Found:
    """Columns as (name, type), and rows as plain values; up to one row more than was asked for."""

    columns: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[Any]]
    affected: int | None
