"""One HTTP GET on the loopback, to ask a process of ours whether it is ready."""

import asyncio
from urllib.parse import urlsplit


async def http_status(url: str, seconds: float) -> int | None:
    """The status of the answer; None where nobody answers in HTTP in time."""
    parts = urlsplit(url)
    try:
        async with asyncio.timeout(seconds):
            return await _ask(parts.hostname or "127.0.0.1", parts.port or 80, parts.path or "/")
    except (OSError, TimeoutError, ValueError):
        return None


async def _ask(host: str, port: int, path: str) -> int | None:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
        line = await reader.readline()
    finally:
        writer.close()
    words = line.split()
    return int(words[1]) if len(words) > 1 and words[0].startswith(b"HTTP/") else None
