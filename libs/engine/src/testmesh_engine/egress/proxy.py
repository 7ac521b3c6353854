"""A forward proxy on loopback that connects where an egress allows, for what connects outside of the event loop.

A browser that has it as its only way out (also for loopback: `--proxy-bypass-list=<-loopback>`) is held to the policy
at each request, redirect, subresource and WebSocket.
"""

import asyncio
import base64
import secrets
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from testmesh_engine.egress.errors import EgressRefusedError
from testmesh_engine.egress.passage import guarded
from testmesh_engine.egress.proxy_messages import (
    HEAD_BYTES,
    Head,
    ProxyMessageError,
    Target,
    pass_body,
    read_head,
    target_of,
)
from testmesh_sdk import ActionError, Egress

HOST = "127.0.0.1"
_GREETING_HOST = "proxy.testmesh.invalid"
GREETING = f"http://{_GREETING_HOST}/"
"""What a client asks for to see that it is known; the proxy answers itself."""
OWN_WORDS = "proxy-status"
"""The header of a response that no server gave, but a proxy (RFC 9209)."""
CONNECT_S = 30.0
HEAD_S = 60.0
MOST_CONNECTIONS = 256
MOST_REFUSED = 1000
"""Kept of what was refused; the first ones say what is wrong."""
_PIECE = 64 * 1024
_END = (OSError, asyncio.IncompleteReadError)
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class RefusedTarget:
    """Somewhere that a client of the proxy wanted to go to, and may not."""

    host: str
    port: int
    error: EgressRefusedError

    @property
    def code(self) -> str:
        return self.error.code

    @property
    def message(self) -> str:
        return self.error.message


@dataclass(slots=True)
class Proxy:
    """A proxy that listens. Who does not know its name and password is refused: it is one execution's alone."""

    egress: Egress
    username: str = "testmesh"
    password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    refused: list[RefusedTarget] = field(default_factory=list)
    """What was refused, oldest first: to be told as an error, since a page shows it as a page at best."""
    _server: asyncio.Server | None = None
    _serving: set["asyncio.Task[None]"] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Its address, without name and password."""
        assert self._server is not None, "start() was not called"
        return f"http://{HOST}:{self._server.sockets[0].getsockname()[1]}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, HOST, 0, limit=HEAD_BYTES)

    async def close(self) -> None:
        """Listen no more, and cut off what is under way."""
        if self._server is not None:
            self._server.close()
        serving = list(self._serving)
        for task in serving:
            task.cancel()
        if serving:
            await asyncio.wait(serving)
        if self._server is not None:
            await self._server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._serving) >= MOST_CONNECTIONS:
            writer.transport.abort()
            return
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(*_END):
                await self._answer(reader, writer)
        finally:
            await _end(writer)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request; after one that went nowhere, a client may ask again on the same connection."""
        while True:
            try:
                async with asyncio.timeout(HEAD_S):
                    head = await read_head(reader)
                if head is None:
                    return None
                if not self._is_known(head):
                    await _say(writer, "407 Proxy Authentication Required", "who asks?", _asks_who())
                    if head.get("content-length") not in ("", "0") or head.get("transfer-encoding"):
                        return None
                    continue
                target = target_of(head)
            except ProxyMessageError as error:
                return await _say(writer, error.status, str(error))
            except TimeoutError:
                return await _say(writer, "408 Request Timeout", f"no request within {HEAD_S:g} s")
            if target == Target(_GREETING_HOST, 80, "/"):
                return await _say(writer, "200 OK", "known")
            return await self._pass_on(target, head, reader, writer)

    def _is_known(self, head: Head) -> bool:
        pair = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        given = head.get("proxy-authorization").encode("latin-1")
        return secrets.compare_digest(given, f"Basic {pair}".encode())

    async def _pass_on(
        self, target: Target, head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            async with asyncio.timeout(CONNECT_S):
                there = await self._connect(target)
        except EgressRefusedError as refusal:
            if len(self.refused) < MOST_REFUSED:
                self.refused.append(RefusedTarget(target.host, target.port, refusal))
            return await _say(writer, "403 Forbidden", f"[{refusal.code}] {refusal.message}")
        except ActionError as error:
            return await _say(writer, "502 Bad Gateway", error.message)
        except TimeoutError:
            message = f"no connection to {target.host}:{target.port} within {CONNECT_S:g} s"
            return await _say(writer, "504 Gateway Timeout", message)
        except OSError as error:
            return await _say(writer, "502 Bad Gateway", f"no connection to {target.host}:{target.port}: {error}")
        try:
            if target.path is None:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await _first(_copy(reader, there[1]), _copy(there[0], writer))
            else:
                await _exchange(target.path, head, (reader, writer), there)
        finally:
            await _end(there[1])

    async def _connect(self, target: Target) -> Streams:
        """Connect to an address that was checked: what the name means a moment later is not asked."""
        with guarded(self.egress):
            addresses = await self.egress.addresses(target.host, target.port)
            errors: list[OSError] = []
            for address in addresses:
                try:
                    return await asyncio.open_connection(address, target.port, limit=HEAD_BYTES)
                except OSError as error:
                    errors.append(error)
        raise errors[0]


async def start_proxy(egress: Egress) -> Proxy:
    """Return a proxy that listens; whoever starts it closes it."""
    proxy = Proxy(egress)
    await proxy.start()
    return proxy


@asynccontextmanager
async def filtering_proxy(egress: Egress) -> AsyncIterator[Proxy]:
    """Give a proxy for as long as the block lasts."""
    proxy = await start_proxy(egress)
    try:
        yield proxy
    finally:
        await proxy.close()


async def _exchange(path: str, head: Head, here: Streams, there: Streams) -> None:
    """Pass on one request and its response, and end both connections behind it."""
    method, version = head.first.split(" ", 1)[0], head.first.rsplit(" ", 1)[1]
    there[1].write(head.passed_on(f"{method} {path} {version}"))
    try:
        await pass_body(head, here[0], there[1])
        answer = await read_head(there[0])
        while answer is not None and answer.first.partition(" ")[2].startswith("1"):  # only says that more will come
            answer = await read_head(there[0])
    except ProxyMessageError as error:
        return await _say(here[1], "502 Bad Gateway", f"what came is no HTTP that can be passed on: {error}")
    if answer is None:
        return await _say(here[1], "502 Bad Gateway", "the server closed the connection without a response")
    here[1].write(answer.passed_on(answer.first))
    await _first(_copy(there[0], here[1]), here[0].read(1))
    return None


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_PIECE):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


async def _first(*works: Awaitable[object]) -> None:
    """Wait until one side is done, and give up the other."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _say(writer: asyncio.StreamWriter, status: str, text: str, headers: str = "") -> None:
    body = f"{text}\n".encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        f"{OWN_WORDS}: testmesh\r\n"
    )
    keeps = "" if status.startswith("407") else "Connection: close\r\n"
    writer.write(f"{head}{keeps}{headers}\r\n".encode() + body)
    await writer.drain()


def _asks_who() -> str:
    return 'Proxy-Authenticate: Basic realm="testmesh"\r\n'


async def _end(writer: asyncio.StreamWriter) -> None:
    """Close a connection; what is cut off waits for nobody to read what is left to send."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        writer.transport.abort()
    writer.close()
    try:
        with suppress(*_END):
            await writer.wait_closed()
    except asyncio.CancelledError:
        writer.transport.abort()
        raise
