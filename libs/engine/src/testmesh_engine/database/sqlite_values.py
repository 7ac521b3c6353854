"""Values between flows and SQLite, which knows whole numbers, reals, texts, blobs and null alone."""

import base64
import json
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from testmesh_engine.database.faults import BAD_VALUE, Said, fault
from testmesh_engine.database.found import Question

_NAMES = {int: "integer", float: "real", str: "text", bytes: "blob"}


def given(question: Question) -> list[Any]:
    """Return the values of a statement as SQLite takes them.

    Raises:
        ActionError: one is a list, which no statement takes.
    """
    return [_given(value, at, question) for at, value in enumerate(question.statement.values, start=1)]


def _given(value: Any, at: int, question: Question) -> Any:
    if isinstance(value, list | tuple):
        raise fault(BAD_VALUE, question, Said(f"number {at} is a list; write a place for each item, or json_each(?)"))
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value) if isinstance(value, UUID) else value


def plain(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def column_types(rows: Sequence[Sequence[Any]], count: int) -> list[str]:
    """Return the type of each column's first value that there is: a column of SQLite has none itself."""
    return [
        next((_NAMES[type(row[column])] for row in rows if row[column] is not None), "null") for column in range(count)
    ]
