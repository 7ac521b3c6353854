"""What PostgreSQL and its driver say, in the words of all databases."""

import re

import asyncpg

from testmesh_engine.database import faults
from testmesh_engine.database.dsn import Dsn
from testmesh_engine.database.faults import Said, fault, no_connection, no_tls, not_let_in
from testmesh_engine.database.found import Question
from testmesh_sdk import ActionError

_BY_STATE = {
    "28000": faults.DENIED,
    "28P01": faults.DENIED,
    "3D000": faults.UNKNOWN_DATABASE,
    "53300": faults.TOO_MANY,
    "42601": faults.SYNTAX,
    "42703": faults.UNKNOWN_NAME,
    "42P01": faults.UNKNOWN_NAME,
    "42883": faults.UNKNOWN_NAME,
    "3F000": faults.UNKNOWN_NAME,
    "42704": faults.UNKNOWN_NAME,
    "55P03": faults.LOCKED,
    "40P01": faults.LOCKED,
    "57014": faults.TOO_SLOW,
    "42501": faults.NOT_PERMITTED,
    "57P01": faults.BROKEN,
    "57P02": faults.BROKEN,
}
_ARGUMENT = re.compile(r"invalid input for query argument \$(\d+): .* \((.*)\)$", re.DOTALL)
"""What the driver says of a value, which may be secret, and why it does not fit."""
NO_TLS = "rejected SSL upgrade"
"""What the driver says of a server without TLS."""
_BY_CLASS = {"23": faults.VIOLATION, "08": faults.BROKEN}


def explain(error: Exception, question: Question) -> ActionError:
    """Return the error of a statement."""
    if argument := _ARGUMENT.match(str(error)):
        return fault(faults.BAD_VALUE, question, Said(f"${argument[1]}: {argument[2]}"))
    if isinstance(error, asyncpg.PostgresError):
        position = getattr(error, "position", None)
        place = int(position) - 1 if position else None
        said = Said(str(getattr(error, "message", None) or error), place, getattr(error, "hint", None) or "")
        return fault(_kind(error), question, said)
    if isinstance(error, ValueError):
        return fault(faults.BAD_VALUE, question, Said(str(error)))
    return fault(faults.BROKEN, question, Said(str(error) or type(error).__name__))


def explain_connection(error: Exception, dsn: Dsn) -> ActionError:
    """Return the error of a connection that there is not."""
    if isinstance(error, asyncpg.PostgresError):
        said = str(getattr(error, "message", None) or error)
        if "no encryption" in said or "SSL off" in said:
            return not_let_in(faults.NEEDS_TLS, dsn, said)
        kind = _kind(error)
        return no_connection(dsn, error) if kind is faults.BROKEN else not_let_in(kind, dsn, said)
    if NO_TLS in str(error):
        return no_tls(dsn)
    return no_connection(dsn, error)


def _kind(error: asyncpg.PostgresError) -> faults.Kind:
    state = str(getattr(error, "sqlstate", None) or "")
    return _BY_STATE.get(state) or _BY_CLASS.get(state[:2]) or faults.REFUSED
