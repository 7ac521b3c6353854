"""SQLite: a file, or a database in memory that lives as long as its execution. Each statement runs in a thread."""

import asyncio
import sqlite3
import threading
import time
from typing import Final

from testmesh_engine.database.asking import refuse_excess
from testmesh_engine.database.dsn import MEMORY
from testmesh_engine.database.found import Found, Question
from testmesh_engine.database.sqlite_faults import explain, is_locked
from testmesh_engine.database.sqlite_values import column_types, given, plain
from testmesh_engine.database.statement import CHANGES
from testmesh_sdk import ActionContext, ActionError

_LOOKS_EVERY: Final = 1000
"""Steps of SQLite's machine between two looks at whether it shall end: well below a millisecond."""
_LOCKED_S: Final = 5.0
"""How long a locked file is waited for, where the step has that much time."""
_TRY_AGAIN_S: Final = 0.02
_STOP_S: Final = 0.8
_LONGEST: Final = 64 * 1024 * 1024
"""Bytes of one text or blob."""


async def answer(question: Question, context: ActionContext) -> Found:
    """Carry out a statement.

    Raises:
        ActionError: the file may not or cannot be opened, or SQLite refuses the statement.
    """
    path = question.dsn.database
    if path == MEMORY:
        connection = await context.execution.get(("sqlite", MEMORY), lambda: _open(question, context), _close)
        return await _in_turn(connection, question)
    if not context.local_files:
        message = "this server lets no flow open its files; use sqlite:///:memory:, or ask an administrator"
        raise ActionError("TM514", f"{question.dsn} was refused: {message} for TESTMESH_RUNNER_LOCAL_FILES")
    connection = await _open(question, context)
    try:
        return await _in_turn(connection, question)
    finally:
        connection.close()


async def _open(question: Question, context: ActionContext) -> "_Connection":
    try:
        return _Connection(question.dsn.database, may_open_files=context.local_files)
    except sqlite3.Error as error:
        raise explain(error, question) from error


async def _close(connection: "_Connection") -> None:
    connection.close()


async def _in_turn(connection: "_Connection", question: Question) -> Found:
    """Carry out a statement when those before it have ended; try again while others lock the file."""
    loop = asyncio.get_running_loop()
    async with connection.turn:
        until = loop.time() + min(_LOCKED_S, question.seconds or _LOCKED_S)
        while True:
            try:
                return await _threaded(connection, question)
            except (sqlite3.Error, sqlite3.Warning, OverflowError, ValueError) as error:
                if not is_locked(error) or loop.time() > until:
                    raise explain(error, question) from error
            await asyncio.sleep(_TRY_AGAIN_S)


async def _threaded(connection: "_Connection", question: Question) -> Found:
    running = asyncio.ensure_future(asyncio.to_thread(connection.carry_out, question))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        connection.stop.set()
        await asyncio.wait({running}, timeout=_STOP_S)
        if running.done():
            running.exception()  # that it was interrupted is known
            connection.stop.clear()
        raise


class _Connection:
    """A connection, and what ends its statement: its time, or whoever sets `stop`."""

    def __init__(self, path: str, *, may_open_files: bool) -> None:
        self.turn = asyncio.Lock()
        self.stop = threading.Event()
        self._until: float | None = None
        self._busy = threading.Lock()
        self._is_given_up = False
        self._connection = sqlite3.connect(
            path, timeout=0, isolation_level=None, check_same_thread=False, cached_statements=0
        )
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
        if not may_open_files:
            self._connection.set_authorizer(_refuse_files)

    def close(self) -> None:
        """Close it; where a statement still runs that could not be stopped, when that ends."""
        self._is_given_up = True
        if self._busy.acquire(blocking=False):
            self._connection.close()
            self._busy.release()

    def carry_out(self, question: Question) -> Found:
        """Carry out a statement, in the thread of whoever calls."""
        try:
            with self._busy:
                return self._carry_out(question)
        finally:
            if self._is_given_up:
                self.close()

    def _carry_out(self, question: Question) -> Found:
        connection = self._connection
        self._until = None if question.seconds is None else time.monotonic() + question.seconds
        connection.set_progress_handler(self._is_over, _LOOKS_EVERY)
        if question.transaction:
            connection.execute("BEGIN")
        try:
            found = _execute(connection, question)
            if question.transaction:
                connection.execute("COMMIT" if question.transaction is True else "ROLLBACK")
        except BaseException:
            connection.set_progress_handler(None, 0)
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return found

    def _is_over(self) -> bool:
        return self.stop.is_set() or (self._until is not None and time.monotonic() > self._until)


def _refuse_files(action: int, *_: str | None) -> int:
    """Let a statement do all but to open another file; VACUUM INTO attaches one, too."""
    return sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_ATTACH else sqlite3.SQLITE_OK


def _execute(connection: sqlite3.Connection, question: Question) -> Found:
    statement = question.statement
    cursor = connection.execute(statement.text, given(question))
    try:
        if cursor.description is None:
            return Found((), (), cursor.rowcount if cursor.rowcount >= 0 else None)
        rows = cursor.fetchmany(question.max_rows + 1)
        refuse_excess(len(rows), question)
        names = [column[0] for column in cursor.description]
        types = column_types(rows, len(names))
        affected = len(rows) if statement.verb in CHANGES else None
        return Found(list(zip(names, types, strict=True)), [[plain(value) for value in row] for row in rows], affected)
    finally:
        cursor.close()
