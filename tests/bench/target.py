"""The tested system of the bench: answers every GET with some 300 bytes of JSON, and counts them.

A process of its own, as small as asyncio allows. `GET /count` tells the count, and is not counted.
"""

import asyncio
import json
import sys
from typing import cast

import uvloop

ORDER = json.dumps(
    {
        "id": "ord-000017",
        "state": "paid",
        "customer": {"id": 4711, "name": "Ada", "email": "ada@shop.example"},
        "items": [{"sku": "A-100", "quantity": 2, "price": 19.99}, {"sku": "B-205", "quantity": 1, "price": 20.0}],
        "total": 59.98,
        "currency": "EUR",
        "placed_at": "2026-11-01T09:30:00Z",
        "shipping": {"carrier": "post", "days": 3},
    }
).encode()
END = b"\r\n\r\n"


def answer(body: bytes) -> bytes:
    """The whole answer, as it goes over the wire."""
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


class Counter:
    """How many requests were answered, over all connections."""

    def __init__(self) -> None:
        self.requests = 0


class TargetProtocol(asyncio.Protocol):
    """One connection: requests without bodies, kept alive, answered in order."""

    _whole = answer(ORDER)

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._left = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own kind is none by inheritance

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        *requests, self._left = (self._left + data).split(END)
        for request in requests:
            if request.startswith(b"GET /count "):
                self._transport.write(answer(json.dumps({"requests": self._counter.requests}).encode()))
            else:
                self._counter.requests += 1
                self._transport.write(self._whole)
            if b"connection: close" in request.lower():
                self._transport.close()


async def serve() -> None:
    """Listen on a free port, say which, and answer until the process is ended."""
    counter = Counter()
    server = await asyncio.get_running_loop().create_server(lambda: TargetProtocol(counter), "127.0.0.1", 0)
    sys.stdout.write(json.dumps({"port": server.sockets[0].getsockname()[1]}) + "\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve())
