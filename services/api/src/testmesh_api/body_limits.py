"""How many bytes a request may send: over it 413, before they are read."""

from collections.abc import Iterable, Mapping

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from testmesh_api.errors import BodyTooLargeError
from testmesh_api.problems import problem

FLOW_BYTES = 1024 * 1024
BULK_BYTES = 8 * 1024 * 1024
FILES_BYTES = 24 * 1024 * 1024
"""With files: 16 MiB of them are 21.4 MiB in base64."""
BULK_PATH = "/api/v1/executions"
UPLOAD_PATH = "/api/v1/executions/upload"
UPLOAD_BYTES = 24 * 1024 * 1024
FLOWS_PATH = "/api/v1/flows"


class LimitBodies:
    """Refuses a body by its announced length, and one without by counting while it comes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        limit = limit_of(scope["path"], headers.get("content-type", ""))
        announced = headers.get("content-length", "")
        if announced.isascii() and announced.isdigit() and (len(announced) > 18 or int(announced) > limit):
            error = BodyTooLargeError(limit)
            await problem(Request(scope), error.code, str(error))(scope, receive, send)
            return
        await self._app(scope, _counted(receive, limit), send)


def limit_of(path: str, content_type: str) -> int:
    """Return the bytes that a path takes, of a body that may bring files, or of a flow alone."""
    if path.rstrip("/") == BULK_PATH:
        return FILES_BYTES
    if path.rstrip("/") == UPLOAD_PATH:
        return UPLOAD_BYTES
    of_flows = path == FLOWS_PATH or path.startswith(f"{FLOWS_PATH}/")
    return FILES_BYTES if of_flows and "yaml" not in content_type else FLOW_BYTES


def assert_room(body: bytes, limit: int) -> None:
    """Refuse, before it is parsed, a body that takes the room of files and names none."""
    if len(body) > limit and b'"files"' not in body:
        raise BodyTooLargeError(limit)


def assert_small(body: bytes, files: Iterable[Mapping[str, str]], limit: int) -> None:
    """Refuse a parsed body that is too large without the contents of its files."""
    if len(body) > limit and len(body) - sum(len(text) for each in files for text in each.values()) > limit:
        raise BodyTooLargeError(limit)


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
