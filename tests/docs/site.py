"""A small site with pages to sign in and to look at orders, for the examples that need a browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

SITE_IN_PAGES = "http://127.0.0.1:8094"
PAGES = {
    "/": """<!doctype html><title>Lamp shop</title><h1>Sign in</h1>
<form action="/orders"><label>Email <input name="email"></label>
<label>Password <input name="password" type="password"></label> <button>Sign in</button></form>""",
    "/orders": """<!doctype html><title>Your orders</title><h1>Your orders</h1>
<ul><li class="order">Lamp, 59.98</li><li class="order">Mug, 12.49</li></ul>
<a href="/orders.csv" download>As a file</a> <button onclick="this.textContent = 'Paid'">Pay now</button>""",
}


class Site(BaseHTTPRequestHandler):
    """Answers with one of the pages."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        is_file = path == "/orders.csv"
        body = ("Lamp,59.98\n" if is_file else PAGES.get(path, "")).encode()
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/csv" if is_file else "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Write nothing between the lines of the tests."""


@contextmanager
def running_site() -> Iterator[str]:
    """Yield the address of a site that runs meanwhile."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        Thread(target=server.serve_forever, args=(0.02,)).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
