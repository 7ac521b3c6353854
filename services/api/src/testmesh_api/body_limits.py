"""How many bytes a request may send: over it 413, before they are read."""

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from testmesh_api.errors import BodyTooLargeError
from testmesh_api.problems import problem

FLOW_BYTES = 1024 * 1024
BULK_BYTES = 8 * 1024 * 1024
BULK_PATH = "/api/v1/executions"


class LimitBodies:
    """Refuses a body by its announced length, and one without by counting while it comes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = limit_of(scope["path"])
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isascii() and announced.isdigit() and (len(announced) > 18 or int(announced) > limit):
            error = BodyTooLargeError(limit)
            await problem(Request(scope), error.code, str(error))(scope, receive, send)
            return
        await self._app(scope, _counted(receive, limit), send)


def limit_of(path: str) -> int:
    """Return the bytes that a path takes: a bulk of executions, or a flow."""
    return BULK_BYTES if path.rstrip("/") == BULK_PATH else FLOW_BYTES


def _counted(receive: Receive, limit: int) -> Receive:
    seen = 0

    async def counting() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise BodyTooLargeError(limit)
        return message

    return counting
