"""Where a Redis is. Its password is in no text that is made of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from testmesh_engine.actions.database_query import hide_dsn
from testmesh_engine.actions.redis import RedisConfig
from testmesh_sdk import ActionError

_EXAMPLE = "write redis://user:password@host:6379/0, or rediss://… with TLS"
_SCHEMES = {"redis": False, "rediss": True, "valkey": False, "valkeys": True}


@dataclass(frozen=True, slots=True)
class Place:
    """A Redis to connect to; equal ones may share connections."""

    host: str
    port: int
    db: int
    username: str | None
    password: str | None = field(repr=False)
    tls: bool
    verify_tls: bool

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        user = f"{self.username}@" if self.username else ""
        return f"{'rediss' if self.tls else 'redis'}://{user}{host}:{self.port}/{self.db}"


def find_place(config: RedisConfig, variables: Mapping[str, Any]) -> Place:
    """Return where a step asks.

    Raises:
        ActionError: its url cannot be read.
    """
    if config.url is None:
        assert config.host is not None
        return Place(
            config.host, config.port, config.db or 0, config.username, config.password, config.tls, config.verify_tls
        )
    return _parsed(_url(config.url, variables), config)


def _url(url: str, variables: Mapping[str, Any]) -> str:
    if "://" in url:
        return url
    found = variables.get(url)
    if isinstance(found, str) and "://" in found:
        return found
    why = "no variable has this name" if url not in variables else "the variable of this name holds none"
    raise ActionError("TM570", f"url {url!r} is no URL, and {why}: {_EXAMPLE}, or set the variable")


def _parsed(url: str, config: RedisConfig) -> Place:
    shown = hide_dsn(url)
    try:
        parts = urlsplit(url)
        port = parts.port or 6379
    except ValueError as error:
        why = "are the signs of the password percent-encoded, and is the port a number?"
        raise ActionError("TM570", f"the url {shown!r} cannot be read; {why}") from error
    path = parts.path.strip("/")
    if parts.scheme not in _SCHEMES or not parts.hostname or parts.query or parts.fragment:
        raise ActionError("TM570", f"the url {shown!r} is of no Redis; {_EXAMPLE}; there are no options behind it")
    if path and not (path.isascii() and path.isdecimal()):
        raise ActionError("TM570", f"the url {shown!r} ends in {path!r}, where the number of a database belongs")
    return Place(
        unquote(parts.hostname),
        port,
        int(path or 0) if config.db is None else config.db,
        config.username or unquote(parts.username or "") or None,
        config.password or unquote(parts.password or "") or None,
        _SCHEMES[parts.scheme] or config.tls,
        config.verify_tls,
    )
