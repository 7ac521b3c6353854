"""What answers the HTTP requests of cases, on this machine: always the same to the same request."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.flows.cases import Case

NAME = "http://stub"
"""How its address is written in pinned words."""
ORDER = {"id": 7, "total": "59.98", "state": "open", "lines": [{"sku": "lamp", "price": 29.99, "count": 2}]}
XML = "<order id='7'><line sku='lamp'/><line sku='bulb'/></order>"
FAILS_FIRST = 2


class Stub:
    """A server that is up; its `address` is the variable `stub` of the cases that ask it."""

    def __init__(self, address: str) -> None:
        self.address = address

    def variables_of(self, case: Case) -> dict[str, Any]:
        """Return what a case is given, with the address where it wants it."""
        return {**case.given.variables, **({"stub": self.address} if case.asks_the_stub else {})}

    def unnamed(self, words: str) -> str:
        """Return words that do not differ from one run to the next."""
        return words.replace(self.address, NAME).replace(self.address.removeprefix("http://"), "stub")


@contextmanager
def running_stub() -> Iterator[Stub]:
    """Answer on a free port of the loopback until the end."""
    asked: Counter[str] = Counter()
    over = threading.Event()
    meetings: dict[str, threading.Barrier] = {}

    class Answers(_Answers):
        times = asked
        ended = over
        meeting = meetings

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield Stub(f"http://127.0.0.1:{server.server_port}")
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Answers(BaseHTTPRequestHandler):
    times: Counter[str]
    ended: threading.Event
    meeting: dict[str, threading.Barrier]

    def _answer(self) -> None:
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        first, _, rest = url.path.strip("/").partition("/")
        match first:
            case "status":
                self._json(int(rest), {"status": int(rest)})
            case "order":
                self._json(200, ORDER)
            case "echo":
                self._json(200, {"method": self.command, "query": dict(parse_qsl(url.query)), "body": body})
            case "xml":
                self._send(200, "application/xml", XML.encode())
            case "silent":
                self.ended.wait(30)
            case "flaky":
                self.times[rest] += 1
                self._json(503 if self.times[rest] <= FAILS_FIRST else 200, {"asked": self.times[rest]})
            case "meet":
                self._json(200 if self._met(rest) else 504, {})
            case "signed":
                signed = self.headers.get("Authorization") == "Bearer canary-token-77"
                self._json(200 if signed else 401, {"told": self.headers.get("Authorization")})
            case "moved":
                self._send(302, "text/plain", b"", Location="/order")
            case _:
                self._send(200, "text/plain; charset=utf-8", b"hello")

    def _met(self, name: str) -> bool:
        """Wait until as many as the name ends with ask for the same at once."""
        barrier = self.meeting.setdefault(name, threading.Barrier(int(name.rpartition("/")[2])))
        try:
            barrier.wait(20)
        except threading.BrokenBarrierError:
            return False
        return True

    do_GET = do_POST = do_DELETE = do_PUT = _answer  # noqa: N815 - the names that http.server calls

    def _json(self, status: int, value: object) -> None:
        self._send(status, "application/json", json.dumps(value).encode())

    def _send(self, status: int, kind: str, data: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of http.server
        """Say nothing: what matters is what the flow says."""
