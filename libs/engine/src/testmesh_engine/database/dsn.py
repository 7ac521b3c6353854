"""Where a database is: a DSN, taken apart. Its password is in no text that is made of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from testmesh_engine.actions.database_query import hide_dsn
from testmesh_sdk import ActionError

Kind = Literal["postgresql", "mysql", "sqlite"]
MEMORY = ":memory:"
SCHEMES: dict[str, tuple[Kind, int]] = {
    "postgresql": ("postgresql", 5432),
    "postgres": ("postgresql", 5432),
    "mysql": ("mysql", 3306),
    "mariadb": ("mysql", 3306),
    "sqlite": ("sqlite", 0),
}
TLS_MODES = ("disable", "prefer", "require", "verify-ca", "verify-full")
_TLS_OPTIONS = ("sslmode", "ssl-mode")
_EXAMPLE = "write postgresql://user:password@host:5432/name, mysql://…, mariadb://… or sqlite:///path"


@dataclass(frozen=True, slots=True)
class Dsn:
    """A database to connect to; equal ones may share connections. Of SQLite, `database` is the path."""

    kind: Kind
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str
    tls: str = "prefer"

    def __str__(self) -> str:
        if self.database == MEMORY:
            return "SQLite in memory"
        if self.kind == "sqlite":
            return f"sqlite:///{self.database}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.kind}://{self.user}@{host}:{self.port}/{self.database}"


def find_dsn(connection: str, variables: Mapping[str, Any]) -> Dsn:
    """Return what a step's `connection` means: a DSN itself, or the name of a variable that holds one.

    Raises:
        ActionError: it is neither.
    """
    if "://" in connection:
        return parse_dsn(connection)
    found = variables.get(connection)
    if isinstance(found, str) and "://" in found:
        return parse_dsn(found)
    why = "no variable has this name" if connection not in variables else "the variable of this name holds none"
    shown = hide_dsn(connection)
    raise ActionError("TM500", f"connection {shown!r} is no DSN, and {why}: {_EXAMPLE}, or set the variable")


def parse_dsn(text: str) -> Dsn:
    """Return a DSN, taken apart.

    Raises:
        ActionError: it is none.
    """
    shown = hide_dsn(text)
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        why = "are the signs of the password percent-encoded, and is the port a number?"
        raise ActionError("TM500", f"the connection {shown!r} cannot be read; {why}") from error
    if parts.scheme not in SCHEMES:
        raise ActionError("TM500", f"the connection {shown!r} is of no database that is known here; {_EXAMPLE}")
    kind, usual_port = SCHEMES[parts.scheme]
    if kind == "sqlite":
        return _sqlite(text, parts.netloc, shown)
    host = unquote(parts.hostname or "")
    if not host or "/" in host or not parts.username:
        lacks = "user" if host and "/" not in host else "host"
        raise ActionError("TM500", f"the connection {shown!r} names no {lacks}; {_EXAMPLE}")
    return Dsn(
        kind,
        host,
        port or usual_port,
        unquote(parts.username),
        unquote(parts.password or ""),
        unquote(parts.path.removeprefix("/")),
        _tls(parts.query, shown),
    )


def _sqlite(text: str, netloc: str, shown: str) -> Dsn:
    path = unquote(text.split("://", 1)[1].removeprefix("/"))
    if netloc or not path:
        message = "write sqlite:///relative/path, sqlite:////absolute/path or sqlite:///:memory:"
        raise ActionError("TM500", f"the connection {shown!r} names no file; {message}")
    return Dsn("sqlite", "", 0, "", "", path)


def _tls(query: str, shown: str) -> str:
    mode = "prefer"
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in _TLS_OPTIONS:
            raise ActionError("TM500", f"the connection {shown!r} has an option {name!r}; the only one is sslmode")
        mode = value.lower().replace("_", "-")
        if mode not in TLS_MODES:
            raise ActionError("TM500", f"the connection {shown!r}: sslmode is one of {', '.join(TLS_MODES)}")
    return mode
