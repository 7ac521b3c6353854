"""A small WebSocket feed of orders, at an address of its own, for the pages that talk to one."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

IN_PAGES = "ws://127.0.0.1:8091"


@contextmanager
def running_feed() -> Iterator[str]:
    """Yield the address of a feed that runs meanwhile."""
    with serve(_talk, "127.0.0.1", 0, process_request=_refuse, select_subprotocol=_choose) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        finally:
            server.shutdown()
            thread.join()


def _talk(socket: ServerConnection) -> None:
    """Greet, then tell of each order that is placed twice: that it is taken, and that it is paid."""
    socket.send(json.dumps({"type": "welcome"}))
    with suppress(ConnectionClosed):
        for message in socket:
            order = json.loads(message)
            if "id" not in order:
                socket.close(4400, "an order has an id")
                return
            for state in ("taken", "paid"):
                socket.send(json.dumps({"type": "order", "id": order["id"], "state": state}))


def _refuse(socket: ServerConnection, request: Request) -> Response | None:
    if request.path == "/private":
        return socket.respond(HTTPStatus.UNAUTHORIZED, "no token")
    return None


def _choose(_: ServerConnection, offered: list[str]) -> str | None:
    return next(iter(offered), None)
