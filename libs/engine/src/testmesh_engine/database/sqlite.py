"""SQLite: a file, or a database in memory that lives as long as its execution. Each connection has a thread."""

import asyncio
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from testmesh_engine.database.asking import MOST_BYTES, refuse_unreadable, too_large, weight
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
_MOST_PAGES: Final = 16 * 1024
"""Of a database in the memory of a server: 64 MiB."""
_BOUNDS: Final = frozenset(
    ("max_page_count", "page_size", "hard_heap_limit", "soft_heap_limit", "temp_store_directory")
)
"""PRAGMAs that would move the bounds of a server's memory, or its other databases'."""


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
    stop = threading.Event()
    running = asyncio.ensure_future(connection.in_its_thread(question, stop))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.wait({running}, timeout=_STOP_S)
        if running.done():
            running.exception()  # that it was interrupted is known
        raise


class _Connection:
    """A connection, and its thread: those of the event loop are for short work, and few."""

    def __init__(self, path: str, *, may_open_files: bool) -> None:
        self.turn = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite")
        self._busy = threading.Lock()
        self._is_given_up = False
        self._connection = sqlite3.connect(
            path, timeout=0, isolation_level=None, check_same_thread=False, cached_statements=0
        )
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
        if not may_open_files:
            self._connection.execute(f"PRAGMA max_page_count = {_MOST_PAGES}")
            self._connection.execute(f"PRAGMA temp.max_page_count = {_MOST_PAGES}")
            self._connection.set_authorizer(_refuse_files)

    def close(self) -> None:
        """Close it; where a statement still runs that could not be stopped, when that ends."""
        self._is_given_up = True
        self._thread.shutdown(wait=False)
        if self._busy.acquire(blocking=False):
            self._connection.close()
            self._busy.release()

    async def in_its_thread(self, question: Question, stop: threading.Event) -> Found:
        """Carry out a statement; its time ends it, or whoever sets `stop`."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.carry_out, question, stop)

    def carry_out(self, question: Question, stop: threading.Event) -> Found:
        try:
            with self._busy:
                return self._carry_out(question, stop)
        finally:
            if self._is_given_up:
                self.close()

    def _carry_out(self, question: Question, stop: threading.Event) -> Found:
        connection = self._connection
        until = None if question.seconds is None else time.monotonic() + question.seconds
        connection.set_progress_handler(
            lambda: stop.is_set() or (until is not None and time.monotonic() > until), _LOOKS_EVERY
        )
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


def _refuse_files(action: int, first: str | None, *_: str | None) -> int:
    """Let a statement do all but to open another file, VACUUM INTO attaches one, too, or to grow beyond its bound."""
    moves_bound = action == sqlite3.SQLITE_PRAGMA and (first or "").lower() in _BOUNDS
    return sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_ATTACH or moves_bound else sqlite3.SQLITE_OK


def _execute(connection: sqlite3.Connection, question: Question) -> Found:
    statement = question.statement
    cursor = connection.execute(statement.text, given(question))
    try:
        if cursor.description is None:
            return Found((), (), cursor.rowcount if cursor.rowcount >= 0 else None)
        names = [column[0] for column in cursor.description]
        rows = _read(cursor, question)
        refuse_unreadable(names, len(rows), question)
        types = column_types(rows, len(names))
        affected = len(rows) if statement.verb in CHANGES else None
        return Found(list(zip(names, types, strict=True)), [[plain(value) for value in row] for row in rows], affected)
    finally:
        cursor.close()


def _read(cursor: sqlite3.Cursor, question: Question) -> list[tuple[Any, ...]]:
    """Read rows, up to one more than the step takes.

    Raises:
        ActionError: they are larger than a result may be.
    """
    rows: list[tuple[Any, ...]] = []
    size = 0
    for row in cursor:
        rows.append(row)
        size += weight(row)
        if size > MOST_BYTES:
            raise too_large(question)
        if len(rows) > question.max_rows:
            break
    return rows
