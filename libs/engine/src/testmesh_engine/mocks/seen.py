"""A request that came to a mock server."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web

from testmesh_engine.actions.http_request import Headers, hide_headers
from testmesh_engine.expressions import shown
from testmesh_engine.http.bodies import parse_body

MOST_BODY_BYTES = 1024 * 1024
_FORM = "application/x-www-form-urlencoded"
_LONGEST_SHOWN = 120


class BodyTooLargeError(Exception):
    """A body of which no more is read."""


@dataclass(slots=True)
class Seen:
    """What came; `endpoint` is the number of the one that answered, None where none did."""

    method: str
    path: str
    query: dict[str, Any]
    headers: Headers
    body: Any
    text: str
    size_bytes: int
    at: str
    number: int = 0
    path_params: dict[str, str] = field(default_factory=dict)
    endpoint: int | None = None
    why_unmatched: str = ""
    is_taken: bool = False
    """Whether a webhook_receive has it."""

    def read_as(self, path_params: dict[str, str]) -> dict[str, Any]:
        """Return it as expressions read it, `request`; headers in whichever case."""
        return {
            "method": self.method,
            "path": self.path,
            "path_params": path_params,
            "query": self.query,
            "headers": self.headers,
            "body": self.body,
            "text": self.text,
            "number": self.number,
        }

    def told(self, path_params: dict[str, str] | None = None) -> dict[str, Any]:
        """Return it as results hold it: what proves who asked is hidden, since records are read by many."""
        params = self.path_params if path_params is None else path_params
        read = self.read_as(params)
        read["headers"] = Headers(hide_headers(self.headers))
        more = {"why_unmatched": self.why_unmatched} if self.endpoint is None else {}
        return {**read, "size_bytes": self.size_bytes, "at": self.at, **more}

    def __str__(self) -> str:
        body = f" {shown(self.body, _LONGEST_SHOWN)}" if self.body is not None else ""
        return f"{self.method} {self.path}{body}"


async def read_request(request: web.BaseRequest) -> Seen:
    """Read a request and all of its body.

    Raises:
        BodyTooLargeError: the body is larger than 1 MiB.
    """
    data = bytearray()
    async for part in request.content.iter_any():
        data += part
        if len(data) > MOST_BODY_BYTES:
            raise BodyTooLargeError
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    body, text = parse_body(bytes(data), request.content_type, request.charset)
    if request.content_type == _FORM:
        body = _singly(parse_qs(text, keep_blank_values=True))
    return Seen(
        method=request.method,
        path=request.rel_url.raw_path,
        query=_singly({name: request.rel_url.query.getall(name) for name in request.rel_url.query}),
        headers=Headers(headers),
        body=body,
        text=text,
        size_bytes=len(data),
        at=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    )


def _singly(values: dict[str, list[str]]) -> dict[str, Any]:
    """Return the values by name: a text, or a list where a name has several."""
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}
