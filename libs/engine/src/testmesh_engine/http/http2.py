"""HTTP/2, by httpx: agreed on in the TLS handshake; without TLS, spoken right away."""

import ssl
import time
from dataclasses import dataclass
from email.message import Message
from typing import Any

import httpx

from testmesh_engine.http.asked import Answer, Asked
from testmesh_engine.http.bodies import MAX_BODY_BYTES, too_large, unpacked
from testmesh_engine.http.exchange import Sender
from testmesh_engine.http.http2_faults import explain
from testmesh_engine.http.session import CONNECTING, HEADERS, WAITING, Marks
from testmesh_sdk import ActionError

IDLE_S = 60.0
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=IDLE_S)


@dataclass(slots=True)
class Http2Sender:
    """Sends what one step asks, over the runner's connections that speak HTTP/2."""

    sender: Sender
    trust: str
    """The digest of what is trusted and shown."""

    async def ask(self, asked: Asked) -> Answer:
        """Send one request, with the cookies that belong to its address; keep those that its response sets."""
        sender, context = self.sender, self.sender.context
        secure, proxy = asked.url.scheme == "https", None if sender.proxy is None else str(sender.proxy)
        key = ("http2", context.egress, secure, self.trust, proxy)

        async def open_client() -> httpx.AsyncClient:
            return _client(secure, sender.tls, proxy)

        headers = sender.headers_of(asked)
        async with context.resources.borrow(key, open_client, _close, idle_s=IDLE_S) as client:
            answer = await self._asked(client, asked, headers)
        if answer.all_of("set-cookie"):
            await sender.keep_cookies(answer)
        return answer

    async def _asked(self, client: httpx.AsyncClient, asked: Asked, headers: dict[str, str]) -> Answer:
        marks, what = self.sender.marks, self.sender.context.activity
        marks.phase = WAITING
        try:
            async with client.stream(
                asked.method,
                str(asked.url),
                headers=headers,
                content=asked.data,
                extensions={"trace": _Clock(marks)},
            ) as response:
                marks.first_byte = time.perf_counter() - marks.started
                marks.phase = "reading the response"
                data = unpacked(
                    await _read(response, what), ",".join(response.headers.get_list("content-encoding")), what
                )
                return _answer(asked, response, data)
        except httpx.HTTPError as error:
            raise explain(error, what, asked.url, self.sender.proxy, self.sender.config) from error
        except BaseExceptionGroup as group:
            # anyio connects in a group of tasks; what the egress policy refuses comes out of it
            refused = group.subgroup(ActionError)
            if refused is None:
                raise
            raise _first(refused) from group


class _Clock:
    """Notes what httpx tells of its progress; looking up an address is a part of connecting there."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks

    async def __call__(self, event: str, info: dict[str, Any]) -> None:  # noqa: ARG002 - httpx gives it
        marks, now = self._marks, time.perf_counter()
        if event == "connection.connect_tcp.started":
            marks.connect -= now
            marks.phase = CONNECTING
        elif event == "connection.connect_tcp.complete":
            marks.connect += now
            marks.phase = WAITING
        elif event.endswith("start_tls.started"):
            marks.mark = now
        elif event.endswith("start_tls.complete"):
            marks.tls += now - marks.mark
            marks.connect += now - marks.mark
            marks.phase = WAITING


def _client(secure: bool, tls: ssl.SSLContext | None, proxy: str | None) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        http1=secure,
        http2=True,
        verify=tls if tls is not None else True,
        proxy=proxy,
        headers=HEADERS,
        limits=_LIMITS,
        timeout=None,  # noqa: S113 - the step's own time bounds it
        trust_env=False,
    )


async def _close(client: httpx.AsyncClient) -> None:
    await client.aclose()


async def _read(response: httpx.Response, what: str) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_raw():
        size += len(part)
        if size > MAX_BODY_BYTES:
            raise too_large(what, size)
        parts.append(part)
    return b"".join(parts)


def _answer(asked: Asked, response: httpx.Response, data: bytes) -> Answer:
    typed = Message()
    typed["Content-Type"] = response.headers.get("content-type", "application/octet-stream")
    return Answer(
        status=response.status_code,
        raw=[[name, value] for name, value in response.headers.multi_items()],
        data=data,
        url=asked.url.with_user(None),
        version=response.http_version.removeprefix("HTTP/"),
        content_type=typed.get_content_type(),
        charset=typed.get_content_charset(),
        sent_method=asked.method,
        sent_url=asked.url.with_user(None),
        sent_headers=dict(response.request.headers.multi_items()),
    )


def _first(group: BaseExceptionGroup[ActionError]) -> ActionError:
    found: ActionError | BaseExceptionGroup[ActionError] = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found
