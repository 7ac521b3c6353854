"""Connections that stay open over the steps of one execution, by the names that its flow gives them."""

import asyncio

from testmesh_engine.actions.http_request import hide_password
from testmesh_engine.actions.websocket import WebSocketConfig
from testmesh_engine.websocket.connection import Connection
from testmesh_engine.websocket.opening import open_socket, refused_error
from testmesh_sdk import ActionContext, ActionError

_KEY = "websocket sessions"


class Sessions:
    """Opens each once; closed, all of them, with the execution."""

    def __init__(self) -> None:
        self._open: dict[str, Connection] = {}
        self._opening: dict[str, asyncio.Lock] = {}

    async def find_or_open(self, name: str, config: WebSocketConfig, context: ActionContext) -> Connection:
        """Return the connection of this name; one that is closed only where no url is given to open another.

        Raises:
            ActionError: it is not open and no url is given, it leads elsewhere, or it cannot be opened.
        """
        async with self._opening.setdefault(name, asyncio.Lock()):
            found = self._open.get(name)
            if found is not None and (found.is_open or config.url is None):
                _assert_same(name, found, config)
                return found
            if config.url is None:
                raise ActionError("TM545", f"no session {name!r} is open{self._known()}; give its url to open it")
            if found is not None:
                await found.abort()
            opened = await open_socket(config, context)
            if opened.socket is None:
                raise refused_error(opened)
            connection = self._open[name] = Connection(opened.socket, opened)
            return connection

    async def close(self) -> None:
        """Close all; one that does not answer is cut off after a second."""
        connections, self._open = list(self._open.values()), {}
        await asyncio.gather(*(connection.close() for connection in connections))

    def _known(self) -> str:
        names = sorted(name for name, connection in self._open.items() if connection.is_open)
        return f" (open are {', '.join(names)})" if names else ""


def _assert_same(name: str, found: Connection, config: WebSocketConfig) -> None:
    if config.url is not None and hide_password(config.url).partition("#")[0] != found.url:
        message = f"the session {name!r} is open to {found.url}; leave out the url, or take another name"
        raise ActionError("TM545", message)


async def _new() -> Sessions:
    return Sessions()


async def sessions_of(context: ActionContext) -> Sessions:
    """Return the sessions of the execution."""
    return await context.execution.get(_KEY, _new, Sessions.close)
