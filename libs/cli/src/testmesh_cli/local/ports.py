"""Free ports on the loopback, and who listens where."""

import contextlib
import random
import socket
import time
from typing import Any

import psutil

# Below the range that systems give to outgoing connections: a client's own port never lands on a server's
# that is down for a moment, so that it can come back on the same one.
QUIET_PORTS = range(15_000, 32_000)
TRIES = 200
LOOK_EVERY = 0.1


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def becomes_free(port: int, seconds: float) -> bool:
    """Whether nobody has the port (any more) when this returns, which is within the seconds."""
    until = time.monotonic() + seconds
    while not is_free(port):
        if time.monotonic() >= until:
            return False
        time.sleep(LOOK_EVERY)  # the system tells nobody that a port became free
    return True


def free_port(taken: set[int] | None = None) -> int:
    """A port that nobody listens on now. Another may be quicker: verify who answers there afterwards."""
    for port in random.sample(QUIET_PORTS, TRIES):
        if port not in (taken or set()) and is_free(port):
            return port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(pid: int, port: int) -> bool:
    """Whether this process, or one that it started, is the one behind the port."""
    try:
        parent = psutil.Process(pid)
        family = [parent, *parent.children(recursive=True)]
    except psutil.Error:
        return False
    for process in family:
        with contextlib.suppress(psutil.Error):
            if any(_is_on(port, connection) for connection in process.net_connections()):
                return True
    return False


def holder_of(port: int) -> str | None:
    """The process that listens there in words, as far as the system tells us."""
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("inet"):
            if _is_on(port, connection) and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
    return None


def _is_on(port: int, connection: Any) -> bool:
    return bool(connection.status == psutil.CONN_LISTEN and connection.laddr.port == port)
