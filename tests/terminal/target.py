"""The tested system of runs that are interrupted: it notes what it is asked, and does not answer /slow."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.house.running import wait

WITHIN_S = 30


@dataclass(slots=True)
class Target:
    """A server that is up."""

    url: str
    asked: list[str] = field(default_factory=list)

    def until_asked(self, *requests: str) -> None:
        wait(lambda: set(requests) <= set(self.asked), f"{', '.join(requests)} (asked were {self.asked})", WITHIN_S)


@contextmanager
def running_target() -> Iterator[Target]:
    """Answer on a free port of the loopback until the end."""
    over = threading.Event()

    class Answers(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            target.asked.append(f"{self.command} {self.path}")
            if self.path.startswith("/slow"):
                over.wait(2 * WITHIN_S)
            with suppress(ConnectionError):  # who was cut short hears no answer
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

        do_GET = do_DELETE = _answer  # noqa: N815 - the names that http.server calls

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of http.server
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    target = Target(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield target
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()
