"""A bucket of S3 on loopback, as moto serves it: for tests of what is kept there."""

import re
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

ACCESS_KEY_ID = "of-a-test"
SECRET_ACCESS_KEY = "secret-of-a-test"  # noqa: S105 - moto takes any


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bucket, to look into by another way than what is tested."""

    endpoint: str
    name: str

    @property
    def objects(self) -> list[str]:
        """Keys of what is kept."""
        return self._found("list-type=2", "Key")

    @property
    def unfinished(self) -> list[str]:
        """Ids of uploads in parts that nobody has completed."""
        return self._found("uploads", "UploadId")

    def spoil(self, key: str, content: bytes) -> None:
        """Put something else under a key."""
        _asked("PUT", f"{self.endpoint}/{self.name}/{key}", content)

    def _found(self, question: str, tag: str) -> list[str]:
        answer = _asked("GET", f"{self.endpoint}/{self.name}?{question}")
        return re.findall(f"<{tag}>([^<]*)</{tag}>", answer)


_HEADERS = {
    "Authorization": f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY_ID}/20260101/us-east-1/s3/aws4_request, "
    "SignedHeaders=host, Signature=0"
}


def _asked(method: str, url: str, content: bytes | None = None) -> str:
    request = urllib.request.Request(url, content, _HEADERS, method=method)  # noqa: S310 - of this module's server
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - likewise
        return str(answer.read(), "utf-8")


@contextmanager
def served_bucket(name: str = "artifacts-of-tests") -> Iterator[Bucket]:
    """Serve a bucket from a thread of this process, on a free port."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say nothing."""

    app = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, name="moto", daemon=True)
    thread.start()
    try:
        bucket = Bucket(f"http://127.0.0.1:{server.server_port}", name)
        _asked("PUT", f"{bucket.endpoint}/{name}")
        yield bucket
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()
