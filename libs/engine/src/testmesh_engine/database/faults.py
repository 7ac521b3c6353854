"""Why a database was not asked or did not answer, in words that say what to do."""

import errno
import socket
import ssl
from dataclasses import dataclass
from typing import NamedTuple

from testmesh_engine.database.dsn import Dsn
from testmesh_engine.database.found import Question
from testmesh_sdk import ActionError, ActionTimeoutError

_WIDEST = 100


class Kind(NamedTuple):
    """A kind of fault: its code, what it is called, and what to do."""

    code: str
    words: str
    todo: str


DENIED = Kind("TM504", "the server does not let this user in", "look at the user and the password of the connection")
UNKNOWN_DATABASE = Kind("TM505", "the server has no such database", "look at the name at the end of the connection")
NEEDS_TLS = Kind("TM506", "the server wants a secure connection", "add ?sslmode=require to the connection")
TOO_MANY = Kind(
    "TM507", "the server takes no more connections", "raise its limit, or let fewer runners and steps ask at once"
)
SYNTAX = Kind("TM508", "the statement cannot be read", "look there and just before")
UNKNOWN_NAME = Kind("TM509", "the statement names what is not there", "look at the name, and whether it was made")
LOCKED = Kind(
    "TM510",
    "what the statement needs is locked by another",
    "look at who holds it: an open transaction, or a flow that runs beside this one",
)
TOO_SLOW = Kind("TM511", "the statement took longer than it may", "raise timeout, or look at what it does")
NOT_PERMITTED = Kind("TM515", "the user may not do this", "grant it, or connect as another user")
VIOLATION = Kind("TM516", "the rows would break a rule of the table", "look at the values and at the rule")
BROKEN = Kind("TM517", "the connection broke", "look at the server and at what is between it and here")
REFUSED = Kind("TM518", "the database refused the statement", "look at what it said")
BAD_VALUE = Kind("TM501", "a parameter does not fit", "give a value of that type, or write the type, such as $1::int")


@dataclass(frozen=True, slots=True)
class Said:
    """What a server said of a fault, and where in the statement's text it points, from 0."""

    text: str
    place: int | None = None
    hint: str = ""


def fault(kind: Kind, question: Question, said: Said) -> ActionError:
    """Return the error of a statement."""
    hint = f" ({said.hint.rstrip('.')})" if said.hint else ""
    text = f"{question.what}: {kind.words}: {one_line(said.text)}{hint}; {kind.todo}"
    if said.place is not None:
        text += "\n" + caret(question.statement.query, question.statement.place(said.place))
    made = ActionTimeoutError if kind in (TOO_SLOW, LOCKED) else ActionError
    return made(kind.code, text)


def no_connection(dsn: Dsn, error: Exception) -> ActionError:
    """Return the error of a connection that the network did not give."""
    place = f"{dsn.host}:{dsn.port}"
    if isinstance(error, socket.gaierror):
        return ActionError("TM503", f"connecting to {dsn}: the host {dsn.host!r} has no address; check its name")
    if isinstance(error, ssl.SSLError) and error.reason == "WRONG_VERSION_NUMBER":
        return no_tls(dsn)
    if isinstance(error, ssl.SSLError):
        said = getattr(error, "verify_message", "") or error.reason or "the handshake broke off"
        return ActionError("TM506", f"connecting to {dsn}: TLS failed: {said}; look at the certificate and at sslmode")
    if isinstance(error, TimeoutError):
        message = f"nothing answers at {place} in time; is a firewall between?"
        return ActionTimeoutError("TM503", f"connecting to {dsn}: {message}")
    if isinstance(error, ConnectionRefusedError) or getattr(error, "errno", None) == errno.ECONNREFUSED:
        message = f"connection refused: nothing listens on {place}; is the database running?"
        return ActionError("TM503", f"connecting to {dsn}: {message}")
    said = one_line(str(error)) or type(error).__name__
    return ActionError("TM503", f"connecting to {dsn}: no connection to {place}: {said}; is it this database's port?")


def no_tls(dsn: Dsn) -> ActionError:
    """Return the error of a server that cannot speak TLS."""
    message = "the server speaks no TLS; add ?sslmode=disable to the connection if it need not"
    return ActionError("TM506", f"connecting to {dsn}: {message}")


def not_let_in(kind: Kind, dsn: Dsn, said: str) -> ActionError:
    """Return the error of a connection that the server does not want."""
    return ActionError(kind.code, f"connecting to {dsn}: {kind.words}: {one_line(said)}; {kind.todo}")


def caret(query: str, place: int) -> str:
    """Return the line of a query in which a place is, and a caret below it."""
    begin = query.rfind("\n", 0, place) + 1
    end = query.find("\n", place)
    line = query[begin : len(query) if end < 0 else end].replace("\t", " ").replace("\r", " ")
    before = place - begin
    cut = max(0, before - _WIDEST // 2)
    shown = ("…" if cut else "") + line[cut : cut + _WIDEST] + ("…" if len(line) > cut + _WIDEST else "")
    return f"    {shown}\n    {' ' * (before - cut + bool(cut))}^"


def one_line(text: str) -> str:
    return " ".join(text.split()).rstrip(".")
