"""What a proxy reads of HTTP/1.1: heads, where they point to, and where a body ends; each of bounded size."""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

HEAD_BYTES = 64 * 1024
_CHUNK_HEAD_BYTES = 1024
_PIECE = 64 * 1024
_NEVER_PASSED_ON = frozenset(
    (
        "connection",
        "keep-alive",
        "proxy-connection",
        "proxy-authorization",
        "proxy-authenticate",
        "te",
        "upgrade",
        "expect",
    )
)


class ProxyMessageError(Exception):
    """What a client or a server of the proxy sent is no HTTP that can be passed on; `status` is what to answer."""

    def __init__(self, status: str, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True, slots=True)
class Head:
    """A first line, and headers in their order."""

    first: str
    headers: list[tuple[str, str]]

    def get(self, name: str) -> str:
        return ", ".join(value for key, value in self.headers if key.lower() == name)

    def passed_on(self, first: str) -> bytes:
        """Return it as the next one shall read it: for one exchange, on a connection that ends with it."""
        named = {part.strip().lower() for part in self.get("connection").split(",")}
        kept = [(key, value) for key, value in self.headers if key.lower() not in _NEVER_PASSED_ON | named]
        lines = [first, *(f"{key}: {value}" for key, value in kept), "Connection: close", "", ""]
        return "\r\n".join(lines).encode("latin-1")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request is to go: as a tunnel, or as a request for a path."""

    host: str
    port: int
    path: str | None = None


async def read_head(reader: asyncio.StreamReader) -> Head | None:
    """Read a head; None where the other side closed instead."""
    try:
        data = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise ProxyMessageError("400 Bad Request", "the head broke off") from error
        return None
    except asyncio.LimitOverrunError as error:
        raise ProxyMessageError("431 Request Header Fields Too Large", f"more than {HEAD_BYTES} bytes") from error
    first, *lines = data[:-4].decode("latin-1").split("\r\n")
    headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip() or any(sign in line for sign in "\r\n\0"):
            raise ProxyMessageError("400 Bad Request", f"no header: {line[:80]!r}")
        headers.append((name, value.strip()))
    return Head(first, headers)


def target_of(head: Head) -> Target:
    """Return where a request points to: `CONNECT host:port`, or a URL with http://."""
    method, _, rest = head.first.partition(" ")
    address, _, version = rest.rpartition(" ")
    if not version.startswith("HTTP/1."):
        raise ProxyMessageError("400 Bad Request", "no request of HTTP/1.1")
    try:
        parts = urlsplit(f"//{address}" if method == "CONNECT" else address)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ProxyMessageError("400 Bad Request", f"no address: {address[:200]!r}") from error
    if method == "CONNECT" and host and port:
        return Target(host, port)
    if method != "CONNECT" and host and parts.scheme == "http":
        path = parts.path or "/"
        return Target(host, port or 80, f"{path}?{parts.query}" if parts.query else path)
    raise ProxyMessageError("400 Bad Request", f"a proxy is asked for host:port or http://…, not {address[:200]!r}")


async def pass_body(head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on the body of a request, and nothing behind it."""
    coding, length = head.get("transfer-encoding").lower(), head.get("content-length")
    if coding and (coding != "chunked" or length):
        raise ProxyMessageError("400 Bad Request", f"a body whose end is not told: {coding[:80]!r}")
    if coding:
        await _pass_chunks(reader, writer)
    elif length:
        if not (length.isascii() and length.isdigit()):
            raise ProxyMessageError("400 Bad Request", f"no Content-Length: {length[:80]!r}")
        await _pass_bytes(int(length), reader, writer)


async def _pass_bytes(count: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while count:
        data = await reader.read(min(count, _PIECE))
        if not data:
            raise ProxyMessageError("400 Bad Request", "the body broke off")
        writer.write(data)
        await writer.drain()
        count -= len(data)


async def _pass_chunks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    size = 1
    while size:
        line = await _line(reader)
        try:
            size = int(line.partition(b";")[0].strip(), 16)
        except ValueError as error:
            raise ProxyMessageError("400 Bad Request", f"no chunk: {line[:80]!r}") from error
        writer.write(line)
        if size:
            await _pass_bytes(size + 2, reader, writer)
    while True:
        trailer = await _line(reader)
        writer.write(trailer)
        if trailer == b"\r\n":
            break
    await writer.drain()


async def _line(reader: asyncio.StreamReader) -> bytes:
    line = await reader.readline()
    if not line.endswith(b"\r\n") or len(line) > _CHUNK_HEAD_BYTES:
        raise ProxyMessageError("400 Bad Request", "a chunk broke off")
    return line
