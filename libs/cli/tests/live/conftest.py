import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager, suppress
from urllib.parse import parse_qs, urlsplit

import pytest

PROGRAM = "import sys; from testmesh_cli.main import main; sys.exit(main())"
EXECUTION = "01a0c668-9da0-74ef-9a94-e3e8ab73738f"
NOW = "2026-09-21T23:59:00.123Z"
LEVELS = ["debug", "info", "warning", "error"]


class LiveApi:
    """A server as docs/live.md has it, with one execution and a test's hand on its connections."""

    def __init__(self):
        self.feed = []
        self.view = None
        self.views = []
        self.lines = []
        self.page = 2
        self.drops = []
        self.cut = False
        self.trimmed = 0
        self.refusals = []
        self.silent = False
        self.media = "text/event-stream"
        self.old = False
        self.asked = []
        self.cancelled = False
        self.port = 0
        self.news = asyncio.Event()
        self._server = None
        self._open = set()
        self.shows("running")

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    # What happens

    def says(self, type_, run=1, seq=None, **data):
        """Put an event into the feed; it has a number of its own within its run."""
        number = seq or 1 + sum(told["data"].get("run") == run for told in self.feed)
        place = {} if type_ == "execution.completed" else {"seq": number}
        data = {"execution_id": EXECUTION, "run": run, **place, **data}
        self.feed.append({"topic": f"execution:{EXECUTION}", "type": type_, "time": NOW, "data": data})
        self._stir()
        return data

    def starts(self, path, run=1, **more):
        self.says("step.started", run, **_step(path), **more)

    def ends(self, path, run=1, status="passed", **more):
        self.says("step.finished", run, **_step(path), status=status, finished_at=NOW, duration_ms=3.0, **more)

    def logs(self, message, path=None, level="info", run=1, recorded=True):
        data = self.says("log.line", run, path=path, level=level, message=message, at=NOW)
        if recorded:
            self.records(data)

    def records(self, data):
        self.lines.append({name: data[name] for name in ("run", "seq", "at", "level", "path", "message")})

    def shows(self, status, *paths, run=1, cursor=None, steps=None):
        """Let the snapshot be so."""
        ended = {} if status in {"pending", "running"} else {"finished_at": NOW, "duration_ms": 12.0}
        self.view = {
            "id": EXECUTION, "project_id": EXECUTION, "flow_name": "Order", "status": status, "run": run,
            "trigger_type": "manual", "requested_at": NOW, "started_at": NOW, "event_cursor": cursor,
            "steps": steps or [_recorded(path, run) for path in paths], **ended,
        }  # fmt: skip

    def completes(self, status="passed", *paths, run=1, shown=None):
        self.says("execution.completed", run, status=status)
        self.shows(shown or status, *paths, run=run)

    def _stir(self):
        self.news.set()
        self.news = asyncio.Event()

    async def is_followed(self):
        """Wait until someone hears what happens."""
        while not any(asked[1].endswith("/events") for asked in self.asked):
            await asyncio.wait_for(self.news.wait(), 20)

    # Connections

    async def listen(self):
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def die(self):
        """End as if killed: no farewell, and nobody listens any more."""
        self._server.close()
        self.drop()
        await self._server.wait_closed()

    def drop(self):
        for writer in list(self._open):
            writer.transport.abort()

    async def _meet(self, reader, writer):
        self._open.add(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            method, target, _ = head.split("\r\n")[0].split(" ")
            headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            parts = urlsplit(target)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            await self._answer(writer, method, parts.path.removeprefix("/api/v1"), query, headers, body)
        self._open.discard(writer)
        writer.close()

    async def _answer(self, writer, method, path, query, headers, body):
        self.asked.append((method, path, query, headers.get("last-event-id")))
        self._stir()
        if path == f"/executions/{EXECUTION}/events" and not self.old:
            await self._stream(writer, query, headers)
        else:
            status, document = self._document(method, path, query)
            data = json.dumps(document).encode()
            head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n"
            writer.write(f"{head}Connection: close\r\n\r\n".encode() + data)
            await writer.drain()

    def _document(self, method, path, query):
        if path == "/version":
            return 200, {"version": "0"}
        if (method, path) == ("POST", "/executions"):
            return 202, {"id": EXECUTION, "status": "pending"}
        if path.endswith("/cancel"):
            self.cancelled = True
            self.completes("cancelled")
            return 202, {}
        if path == "/executions":
            return 200, {"items": [self.view] if self.view else [], "next_cursor": None}
        if path == f"/executions/{EXECUTION}":
            return 200, self.views.pop(0) if self.views else self.view
        if path == f"/executions/{EXECUTION}/logs" and not self.old:
            return 200, self._page(query)
        code = "not_found" if self.old and EXECUTION in path else "execution_not_found"
        return 404, {"code": code, "detail": "there is no such thing"}

    def _page(self, query):
        wanted = [
            line
            for line in self.lines
            if query.get("step") in (None, line["path"])
            and LEVELS.index(line["level"]) >= LEVELS.index(query.get("level", "debug"))
            and query.get("q", "").lower() in line["message"].lower()
        ]
        begin = int(query.get("cursor", 0))
        end = begin + self.page
        more = str(end) if len(wanted) > end else None
        return {"items": wanted[begin:end], "next_cursor": more, "event_cursor": self._cursor()}

    def _cursor(self):
        return str(len(self.feed))

    async def _stream(self, writer, query, headers):
        place = headers.get("last-event-id") or query.get("after")
        if self.refusals:
            status = self.refusals.pop(0)
            writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            return
        at = int(place or 0)
        if at and self.feed[at - 1]["type"] == "execution.completed":
            writer.write(b"HTTP/1.1 204 X\r\nConnection: close\r\n\r\n")
            return
        head = f"HTTP/1.1 200 X\r\nContent-Type: {self.media}; charset=utf-8\r\n"
        framing = "Transfer-Encoding: chunked\r\n" if self.cut else ""
        writer.write(f"{head}{framing}Connection: close\r\n\r\n".encode())
        if self.silent:
            await asyncio.sleep(30)
        self._put(writer, at, {"type": "stream.subscribed", "data": {}})
        if at < self.trimmed:
            self._put(writer, at, {"type": "stream.gap", "data": {}})
            return
        await self._tell(writer, at, logs=query.get("logs") == "true")

    async def _tell(self, writer, at, *, logs):
        left = self.drops.pop(0) if self.drops else None
        while left is None or left > 0:
            news = self.news
            for told in self.feed[at:]:
                at += 1
                if told["type"] == "log.line" and not logs:
                    continue
                self._put(writer, at, told)
                await writer.drain()
                left = None if left is None else left - 1
                if told["type"] == "execution.completed" or left == 0:
                    return
            await news.wait()

    def _put(self, writer, at, told):
        text = f"event: {told['type']}\nid: {at}\ndata: {json.dumps({**told, 'id': str(at)})}\n\n".encode()
        writer.write(b"%x\r\n%s\r\n" % (len(text), text) if self.cut else text)


def _step(path):
    id_ = path.rpartition("/")[2]
    return {
        "path": path, "step_id": id_, "name": f"Step {id_}", "action": "log", "phase": "steps",
        "number": 1, "started_at": NOW, "input": {"message": "hi"},
    }  # fmt: skip


def _recorded(path, run=1, status="passed"):
    told = _step(path)
    return {
        "id": EXECUTION, "run": run, "step_number": told.pop("number"), "step_name": told.pop("name"), **told,
        "status": status, "finished_at": None if status == "running" else NOW, "duration_ms": 3.0,
    }  # fmt: skip


@pytest.fixture
async def live():
    api = LiveApi()
    api.execution, api.recorded = EXECUTION, _recorded
    await api.listen()
    yield api
    await api.die()


@pytest.fixture
def write(tmp_path):
    def write_file(name, text):
        (tmp_path / name).write_text(text, encoding="utf-8")

    return write_file


class Command:
    """A running command, and what it said."""

    def __init__(self, process):
        self.process = process
        self.out = ""

    async def line(self):
        """Return the next line of its output."""
        found = (await asyncio.wait_for(self.process.stdout.readline(), 20)).decode()
        self.out += found
        return found.rstrip("\n")

    async def ended(self):
        rest, errors = await asyncio.wait_for(self.process.communicate(), 30)
        return self.process.returncode, self.out + rest.decode(), errors.decode()


@pytest.fixture
async def command(tmp_path):
    """Begins the command as a person does, in a folder and a home of its own."""
    begun = []
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TESTMESH_", "XDG_"))}
    for name in ("CI", "NO_COLOR", "HTTP_PROXY", "http_proxy"):
        kept.pop(name, None)

    async def begin(*arguments):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROGRAM, *arguments,
            cwd=tmp_path, env=kept | {"HOME": str(tmp_path)},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        begun.append(process)
        return Command(process)

    yield begin
    for process in begun:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.fixture
def client_of():
    from testmesh_cli.remote.address import Address
    from testmesh_cli.remote.client import ServerClient

    @asynccontextmanager
    async def made(api):
        said = []
        async with ServerClient(Address(api.url, "from a test"), said.append) as client:
            client.said = said
            yield client

    return made
