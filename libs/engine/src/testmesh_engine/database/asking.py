"""One question to a database, from a step's config to its result."""

import asyncio
from collections.abc import Sequence
from typing import Any

from testmesh_engine.actions.database_query import DatabaseColumn, DatabaseQueryConfig, DatabaseQueryResult
from testmesh_engine.database.dsn import find_dsn
from testmesh_engine.database.found import Found, Question
from testmesh_engine.database.statement import read_statement
from testmesh_sdk import ActionContext, ActionError

MOST_BYTES = 16 * 1024 * 1024
"""Of all rows of a statement, as many as of a response of HTTP: a runner has many steps at once in its memory."""
_SINGLE = 16
_FOR_THE_WAY = 0.5
"""Seconds that the server has less than the step, so that it is the one that says what it waited for."""


async def ask(config: DatabaseQueryConfig, context: ActionContext) -> DatabaseQueryResult:
    """Carry out a statement and read all that it answers.

    Raises:
        ActionError: it was not carried out, or answers more than may be read.
    """
    dsn = find_dsn(config.connection, context.variables)
    question = Question(
        dsn,
        read_statement(config.query, config.params, dsn.kind),
        config.transaction,
        config.max_rows,
        _seconds(config, context),
    )
    context.activity = question.what
    return _result(await _answer(question, context))


def refuse_unreadable(names: Sequence[str], count: int, question: Question) -> None:
    """Return if so many rows with these columns can be a result; called before a transaction is committed.

    Raises:
        ActionError: they are more than the step takes, or two columns would be one.
    """
    undone = "; what it did is undone" if question.transaction else ""
    if twice := [name for at, name in enumerate(names) if name in names[:at]]:
        message = f"two columns are called {twice[0]!r}, and a row is a map{undone}; give one another name with AS"
        raise ActionError("TM519", f"{question.what}: {message}")
    if count > question.max_rows:
        message = f"more than {question.max_rows} rows{undone}; raise max_rows, or ask for less with WHERE or LIMIT"
        raise ActionError("TM512", f"{question.what}: {message}")


def too_large(question: Question) -> ActionError:
    """Return the error of rows that are few enough and yet too large."""
    undone = "; what it did is undone" if question.transaction else ""
    message = f"its rows have more than {MOST_BYTES} bytes{undone}; ask for fewer columns, fewer rows, or their length"
    return ActionError("TM512", f"{question.what}: {message}")


def weight(value: Any) -> int:
    """Return about how many bytes a row, or a value of one, takes."""
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, dict):
        return sum(len(key) + weight(item) for key, item in value.items())
    return sum(map(weight, value)) if isinstance(value, Sequence) else _SINGLE


async def _answer(question: Question, context: ActionContext) -> Found:
    match question.dsn.kind:
        case "postgresql":
            from testmesh_engine.database import postgres

            return await postgres.answer(question, context)
        case "mysql":
            from testmesh_engine.database import mysql

            return await mysql.answer(question, context)
        case "sqlite":
            from testmesh_engine.database import sqlite

            return await sqlite.answer(question, context)


def _seconds(config: DatabaseQueryConfig, context: ActionContext) -> float | None:
    if config.timeout is not None or context.deadline is None:
        return config.timeout
    left = context.deadline - asyncio.get_running_loop().time()
    return max(left - _FOR_THE_WAY, left * 0.8, 0.001)


def _result(found: Found) -> DatabaseQueryResult:
    names = [name for name, _ in found.columns]
    rows: list[dict[str, Any]] = [dict(zip(names, row, strict=True)) for row in found.rows]
    return DatabaseQueryResult(
        rows=rows,
        row_count=len(rows),
        first_row=rows[0] if rows else None,
        rows_affected=found.affected,
        columns=[DatabaseColumn(name=name, type=kind) for name, kind in found.columns],
    )
