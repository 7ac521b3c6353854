"""What SQLite says, in the words of all databases."""

import re
import sqlite3

from testmesh_engine.database import faults
from testmesh_engine.database.faults import Said, fault
from testmesh_engine.database.found import Question
from testmesh_sdk import ActionError

_NEAR = re.compile(r'near "(.*)": syntax error|unrecognized token: "(.*)"', re.DOTALL)
_NO_SUCH = re.compile(r"no such (table|column|function|index|view|collation)|has no column named")
_LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_PRIMARY = 0xFF
"""The part of an error's code that says what kind it is."""


def is_locked(error: Exception) -> bool:
    """Say whether another connection holds what the statement needs."""
    return _code(error) in _LOCKED


def explain(error: Exception, question: Question) -> ActionError:
    """Return the error of a statement."""
    said = str(error)
    code = _code(error)
    if is_locked(error):
        return fault(faults.LOCKED, question, Said(said))
    if code == sqlite3.SQLITE_INTERRUPT:
        return fault(faults.TOO_SLOW, question, Said(said))
    if code == sqlite3.SQLITE_AUTH:
        why = "a server lets no flow open its files or move its bounds"
        return fault(faults.NOT_PERMITTED, question, Said(f"{said}: {why}"))
    if code == sqlite3.SQLITE_CONSTRAINT:
        return fault(faults.VIOLATION, question, Said(said))
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        message = f"cannot open it: {said}; does its folder exist, and is it a file of SQLite?"
        return ActionError("TM503", f"{question.what}: {message}")
    if _NO_SUCH.search(said):
        return fault(faults.UNKNOWN_NAME, question, Said(said))
    if near := _NEAR.search(said):
        return fault(faults.SYNTAX, question, Said(said, _place(near[1] or near[2], question.statement.text)))
    if "incomplete input" in said:
        return fault(faults.SYNTAX, question, Said(said, len(question.statement.text.rstrip())))
    if "Incorrect number of bindings" in said or isinstance(error, OverflowError | sqlite3.ProgrammingError):
        return fault(faults.BAD_VALUE, question, Said(said))
    return fault(faults.REFUSED, question, Said(said))


def _place(piece: str, text: str) -> int | None:
    """Return where a piece stands, if that is one place."""
    found = [match.start() for match in re.finditer(rf"(?<!\w){re.escape(piece)}(?!\w)", text)] if piece else []
    return found[0] if len(found) == 1 else None


def _code(error: Exception) -> int:
    return getattr(error, "sqlite_errorcode", 0) & _PRIMARY
