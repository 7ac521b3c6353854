import fcntl
import json
import os
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

PROGRAM = "import sys; from testmesh_cli.main import main; sys.exit(main())"


def environment_in(home, **more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TESTMESH_", "XDG_"))}
    for name in ("CI", "NO_COLOR", "HTTP_PROXY", "http_proxy"):
        kept.pop(name, None)
    return kept | {"HOME": str(home), "XDG_DATA_HOME": str(home / "data")} | more


@pytest.fixture
def testmesh(tmp_path, warm_command):
    """Runs the command as a person does, in a folder and a home of its own."""

    def run(*arguments, **environment):
        return subprocess.run(
            [*warm_command, *map(str, arguments)],
            cwd=tmp_path,
            env=environment_in(tmp_path, **environment),
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


@pytest.fixture
def on_terminal(tmp_path):
    """Runs the command on a terminal of a width; gives the lines that it wrote, without their colours."""

    def run(width, *arguments, **environment):
        ours, its = os.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        try:
            subprocess.run(
                [sys.executable, "-c", PROGRAM, *map(str, arguments)],
                cwd=tmp_path,
                env=environment_in(tmp_path, TERM="xterm", **environment),
                stdout=its,
                stderr=subprocess.PIPE,
                timeout=60,
                check=True,
            )
            text = os.read(ours, 65536).decode()
        finally:
            os.close(its)
            os.close(ours)
        return re.sub("\x1b\\[[0-9;]*m", "", text).splitlines()

    return run


@pytest.fixture
def begin(tmp_path, warm_command):
    """Begins the command and leaves it running; it is ended by its own pid afterwards."""
    begun = []

    def start(*arguments, **environment):
        process = subprocess.Popen(
            [*warm_command, *map(str, arguments)],
            cwd=tmp_path,
            env=environment_in(tmp_path, **environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        begun.append(process)
        return process

    yield start
    for process in begun:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate()


@pytest.fixture
def write(tmp_path):
    def write_file(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write_file


@pytest.fixture
def until():
    def wait(holds, seconds=20.0):
        end = time.monotonic() + seconds
        while not (value := holds()):
            assert time.monotonic() < end, f"did not hold within {seconds} s"
            time.sleep(0.02)
        return value

    return wait


@pytest.fixture
def serve():
    """Serves HTTP on the loopback: `answer(method, path, headers, body)` gives (status, headers, body)."""
    servers = []

    def start(answer):
        class Handler(BaseHTTPRequestHandler):
            def _answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                status, headers, body = answer(self.command, self.path, self.headers, self.rfile.read(length))
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                for name, value in ({"Content-Type": "application/json"} | headers).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 - http.server's names

            def log_message(self, *arguments):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


class Target:
    """The tested system: an order with a wrong total, and a note of what was asked."""

    def __init__(self):
        self.asked = []
        self.url = ""
        self.held = threading.Event()

    def answer(self, method, path, headers, body):
        self.asked.append(f"{method} {path}")
        if path == "/slow":
            self.held.wait(30)
        return 200, {}, {"total": 54.98, "token": "s3cr3t-token-value", "echo": headers.get("X-Echo")}


@pytest.fixture
def target(serve):
    found = Target()
    found.url = serve(found.answer)
    yield found
    found.held.set()


@pytest.fixture
def nobody():
    """An address at which nobody listens."""
    import socket

    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


PROJECT = "01a0c142-41a0-7f2b-9cf4-bb99f4bea973"
NOW = "2026-09-21T23:59:00Z"
EXECUTION = "01a0c668-9da0-74ef-9a94-e3e8ab73738f"


def problem(status, code, detail, **more):
    return status, {"Content-Type": "application/problem+json"}, {"code": code, "detail": detail, **more}


class Api:
    """A small server that speaks as the API does; an execution goes through the views that a test gives it."""

    def __init__(self):
        self.url = ""
        self.asked = []
        self.flows = {}
        self.orders = {}
        self.views = []
        self.away = 0
        self.refuses = {}
        self.cancelled = False
        self.uploads = []
        self.artifacts = []
        """Views of the newest execution's files, and their contents."""

    def answer(self, method, path, headers, body):
        place, _, query = path.removeprefix("/api/v1").partition("?")
        self.asked.append((method, place, query))
        if self.away:
            self.away -= 1
            return problem(503, "unavailable", "the stream server cannot be reached")
        if (method, place) in self.refuses:
            return self.refuses[method, place]
        if place == "/version":
            return 200, {}, {"version": "0"}
        if place.startswith("/flows"):
            return self._flows(method, place, query, headers, body)
        if place.startswith("/artifacts/"):
            return 200, {"Content-Type": "x/y"}, dict(self._by_id())[place.rpartition("/")[2]]
        if place == f"/results/{EXECUTION}/artifacts":
            return self._artifacts(query)
        return self._executions(method, place, headers, body)

    def _by_id(self):
        return [(view["id"], content) for view, content in self.artifacts]

    def _artifacts(self, query):
        """Pages of one, so that whoever reads only the first one is found out."""
        from urllib.parse import parse_qs

        asked = parse_qs(query)
        number = int(asked.get("cursor", ["0"])[0])
        more = number + 1 < len(self.artifacts)
        items = [view for view, _ in self.artifacts[number : number + 1]]
        return 200, {}, {"items": items, "next_cursor": str(number + 1) if more else None}

    def _flows(self, method, place, query, headers, body):
        import hashlib
        from urllib.parse import parse_qs

        if method == "GET" and place == "/flows":
            name = parse_qs(query)["name"][0]
            return 200, {}, {"items": [flow for flow in self.flows.values() if flow["name"] == name]}
        if method == "GET":
            return 200, {}, self.flows[place.rpartition("/")[2]]
        source = body.decode()
        name = source.splitlines()[0].removeprefix("name: ")
        id_ = f"01a0c1a3-e9a0-7174-8e7a-{len(self.flows):012d}" if method == "POST" else place.rpartition("/")[2]
        version = 1
        if method == "PUT":
            version = self.flows[id_]["version"] + 1
            if headers["If-Match"] != f'"{version - 1}"':
                return problem(412, "version_stale", "read it again")
        self.flows[id_] = {
            "id": id_, "project_id": PROJECT, "name": name, "version": version, "source": source, "definition": {},
            "digest": hashlib.sha256(body).hexdigest(), "created_at": NOW, "updated_at": NOW,
        }  # fmt: skip
        return 201, {}, self.flows[id_]

    def _executions(self, method, place, headers, body):
        if method == "POST" and place == "/executions":
            self.orders.setdefault(headers["Idempotency-Key"], json.loads(body))
            return 202, {}, {"id": EXECUTION, "status": "pending"}
        if method == "POST" and place == "/executions/upload":
            self.uploads.append(json.loads(body))
            return 202, {}, {"id": self.uploads[-1]["id"], "status": "pending"}
        if place.endswith("/cancel"):
            self.cancelled = True
            return 202, {}, {"id": EXECUTION}
        if place == "/executions":
            return 200, {}, {"items": self.views[-1:], "next_cursor": None}
        if place != f"/executions/{EXECUTION}":
            return problem(404, "execution_not_found", "there is no such execution")
        if self.cancelled:
            return 200, {}, view("cancelled", error_code="TM414", error_message="the execution was cancelled")
        return 200, {}, self.views.pop(0) if len(self.views) > 1 else self.views[0]


def view(status, *steps, **more):
    ended = {} if status in {"pending", "running"} else {"finished_at": NOW, "duration_ms": 12.0}
    return {
        "id": EXECUTION, "project_id": PROJECT, "flow_name": "Order is paid", "status": status, "run": 1,
        "trigger_type": "manual", "requested_at": NOW, "started_at": NOW, "steps": list(steps), **ended, **more,
    }  # fmt: skip


def step(path, status="passed", **more):
    return {
        "id": EXECUTION, "run": 1, "path": path, "step_number": 1, "step_id": path, "step_name": path,
        "action": "log", "phase": "steps", "status": status, "started_at": NOW, "finished_at": NOW,
        "duration_ms": 3.0, "output": {"message": "hi"}, **more,
    }  # fmt: skip


@pytest.fixture
def api(serve):
    found = Api()
    found.url = serve(found.answer)
    found.view, found.step, found.problem, found.execution = view, step, problem, EXECUTION
    return found
