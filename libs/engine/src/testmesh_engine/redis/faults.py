"""Why a Redis was not asked or did not answer, in words that say what to do."""

import errno
import socket
import ssl

from redis import exceptions

from testmesh_engine.redis.place import Place
from testmesh_sdk import ActionError, ActionTimeoutError

_BY_WORD = {
    "WRONGTYPE": ("TM574", "the key holds something else than this command is for; look with redis_command: TYPE"),
    "NOAUTH": ("TM572", "the server wants a password; give password, or put it into the url"),
    "WRONGPASS": ("TM572", "the server does not let this user in; look at username and password"),
    "NOPERM": ("TM575", "the user may not do this; grant it by ACL SETUSER, or connect as another user"),
    "MOVED": ("TM578", "the key is on another node of a cluster; connect to the one that is named"),
    "ASK": ("TM578", "the key is on its way to another node of a cluster; try again"),
    "READONLY": ("TM578", "this is a replica; connect to its primary"),
    "LOADING": ("TM578", "the server still reads its data; wait with eventually"),
    "BUSY": ("TM578", "a script keeps the server busy; look for it"),
    "OOM": ("TM578", "the server has no memory left for this; look at its maxmemory"),
    "MISCONF": ("TM578", "the server cannot save its data, and takes no changes; look at its disk"),
    "CLUSTERDOWN": ("TM578", "the cluster is not whole; look at its nodes"),
    "NOSCRIPT": ("TM578", "the server does not know this script; send it with EVAL"),
}


def explain(error: Exception, what: str) -> ActionError:
    """Return the error of a command that a server did not carry out, or whose reply did not come."""
    if isinstance(error, exceptions.ResponseError):
        code, todo = _BY_WORD.get(_word(error), ("TM578", "look at the command and its arguments"))
        return ActionError(code, f"{what}: {_said(error)}; {todo}")
    said = _said(error)
    return ActionError(
        "TM579", f"{what}: the connection broke: {said}; whether it took effect cannot be known; look at the server"
    )


def explain_connection(error: Exception, place: Place) -> ActionError:
    """Return the error of a connection that there is not."""
    tried = f"connecting to {place}"
    cause = _root(error)
    if isinstance(error, exceptions.AuthenticationError) or "NOAUTH" in str(error):
        todo = _BY_WORD["WRONGPASS"][1] if place.password else _BY_WORD["NOAUTH"][1]
        return ActionError("TM572", f"{tried}: {todo}: {_said(error)}")
    if isinstance(error, exceptions.ResponseError):
        code, todo = _BY_WORD.get(_word(error), ("TM578", "is it a Redis of release 6 or newer, and is db one of it?"))
        return ActionError(code, f"{tried}: {_said(error)}; {todo}")
    if isinstance(cause, ssl.SSLError):
        said = getattr(cause, "verify_message", "") or cause.reason or "the handshake broke off"
        todo = "does the server speak TLS at this port, and who signed its certificate? verify_tls: false takes any"
        return ActionError("TM573", f"{tried}: TLS failed: {said}; {todo}")
    if isinstance(cause, socket.gaierror):
        return ActionError("TM571", f"{tried}: the host {place.host!r} has no address; check its name")
    if isinstance(cause, ConnectionRefusedError) or getattr(cause, "errno", None) == errno.ECONNREFUSED:
        message = f"connection refused: nothing listens on {place.host}:{place.port}; is the server running?"
        return ActionError("TM571", f"{tried}: {message}")
    if isinstance(cause, TimeoutError | exceptions.TimeoutError):
        also = ", and does the server speak TLS there" if place.tls else ""
        message = f"nothing answers at {place.host}:{place.port} in time; is a firewall between{also}?"
        return ActionTimeoutError("TM571", f"{tried}: {message}")
    todo = "does it want TLS (rediss://)?" if not place.tls else "is it the port of TLS?"
    return ActionError("TM571", f"{tried}: {_said(error)}; is it the port of a Redis, and {todo}")


def _root(error: BaseException) -> BaseException:
    """Return what an error comes from, as far as it is one of the network."""
    seen = error
    while (below := seen.__cause__ or seen.__context__) is not None and not isinstance(seen, OSError):
        seen = below
    return seen if isinstance(seen, OSError) else error


def _word(error: Exception) -> str:
    """Return the word that a server's error begins with; the client takes it away from some."""
    kinds = {
        exceptions.NoPermissionError: "NOPERM",
        exceptions.ReadOnlyError: "READONLY",
        exceptions.BusyLoadingError: "LOADING",
        exceptions.OutOfMemoryError: "OOM",
        exceptions.NoScriptError: "NOSCRIPT",
        exceptions.MovedError: "MOVED",
        exceptions.AskError: "ASK",
        exceptions.ClusterDownError: "CLUSTERDOWN",
    }
    known = next((word for kind, word in kinds.items() if isinstance(error, kind)), None)
    return known or str(error).split(" ", 1)[0].rstrip(":")


def _said(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
