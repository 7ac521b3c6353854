"""One pool of connections for all requests of a runner."""

import time
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import aiohttp

from testmesh_sdk import ActionContext

_KEY = "http"
_KEEP_ALIVE_S = 60.0
HEADERS = {"User-Agent": "testmesh", "Accept-Encoding": "gzip, deflate, br, zstd"}
"""Sent with every request that does not say otherwise."""


CONNECTING = "connecting"
WAITING = "waiting for the response to begin"


@dataclass(slots=True)
class Marks:
    """Moments of one exchange, filled in by the pool's traces: seconds, but for `started` and the marks."""

    started: float
    dns: float = 0.0
    connect: float = 0.0
    """All that it took to connect: dns and tls are in it."""
    tls: float = 0.0
    mark: float = 0.0
    handshake: float = 0.0
    """When the handshake under way began."""
    first_byte: float = 0.0
    phase: str = WAITING
    """What is being done, in words: a timeout's message quotes it."""


async def pooled_session(context: ActionContext) -> aiohttp.ClientSession:
    """Return the runner's session; it keeps no cookies, so that flows share connections and nothing else.

    Only those of one egress share them: what one may reach is no way for another.
    """
    return await context.resources.get((_KEY, context.egress), _open, _close)


async def _open() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=0,
            keepalive_timeout=_KEEP_ALIVE_S,
            resolver=aiohttp.ThreadedResolver(),  # asks the event loop, which notes the names of what is allowed
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        trace_configs=[_traces()],
        headers=HEADERS,
        auto_decompress=False,
    )


async def _close(session: aiohttp.ClientSession) -> None:
    await session.close()


def _traces() -> aiohttp.TraceConfig:
    traces = aiohttp.TraceConfig()
    traces.on_dns_resolvehost_start.append(_began)
    traces.on_dns_resolvehost_end.append(_resolved)
    traces.on_connection_create_start.append(_connecting)
    traces.on_connection_create_end.append(_connected)
    return traces


async def _began(_: aiohttp.ClientSession, context: SimpleNamespace, __: Any) -> None:
    marks: Marks = context.trace_request_ctx
    marks.mark, marks.phase = time.perf_counter(), "looking up the address of the host"


async def _resolved(_: aiohttp.ClientSession, context: SimpleNamespace, __: Any) -> None:
    marks: Marks = context.trace_request_ctx
    marks.dns += time.perf_counter() - marks.mark
    marks.phase = CONNECTING


async def _connecting(_: aiohttp.ClientSession, context: SimpleNamespace, __: Any) -> None:
    marks: Marks = context.trace_request_ctx
    marks.connect -= time.perf_counter()
    marks.phase = CONNECTING


async def _connected(_: aiohttp.ClientSession, context: SimpleNamespace, __: Any) -> None:
    marks: Marks = context.trace_request_ctx
    now = time.perf_counter()
    marks.connect += now
    if marks.handshake:
        marks.tls += now - marks.handshake
        marks.handshake = 0.0
    marks.phase = WAITING
