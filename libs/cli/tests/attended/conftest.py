import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

PROGRAM = "import sys; from testmesh_cli.main import main; sys.exit(main())"
# A shell on a terminal starts its commands with the hang-up not ignored, whatever started these tests does.
AS_BY_A_SHELL = "import signal; signal.signal(signal.SIGHUP, signal.SIG_DFL)"
ON_TERMINAL = f"import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); {AS_BY_A_SHELL}; {PROGRAM}"
DEAF = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)"
SECONDS = 30
_STEERING = re.compile("\x1b\\[[0-9;?]*[a-zA-Z]|\x1b\\][^\x07]*\x07|[\x01\x02\r]")


class Attended:
    """A command that a person attends: what it writes is read as it comes, and it is told what to do next."""

    def __init__(self, arguments, folder, environment, terminal, program):
        self.ours, its_out = pty.openpty() if terminal else os.pipe()
        self.terminal = terminal
        its_in = its_out if terminal else subprocess.PIPE
        self.process = subprocess.Popen(
            [sys.executable, "-c", ON_TERMINAL if terminal else program, *map(str, arguments)],
            cwd=folder,
            env=environment,
            stdin=its_in,
            stdout=its_out,
            stderr=its_out,
            start_new_session=True,
        )
        os.close(its_out)
        self.text = ""
        self.told = 0
        """How far what it wrote has been looked at."""

    def say(self, *lines):
        for line in lines:
            data = f"{line}\n".encode()
            if self.terminal:
                os.write(self.ours, data)
            else:
                self.process.stdin.write(data)
                self.process.stdin.flush()

    def key(self, key):
        os.write(self.ours, key.encode())

    def sees(self, *expected):
        """Wait for texts, one behind the other; return what was written up to the last of them."""
        begun = self.told
        for text in expected:
            end = time.monotonic() + SECONDS
            while (at := self.text.find(text, self.told)) < 0:
                reads = time.monotonic() < end and self._reads()
                assert reads, f"{text!r} did not come:\n{self.text[begun:]}"
            self.told = at + len(text)
        return self.text[begun : self.told]

    def insists(self, does, expected):
        """Do something until it shows: readline may miss a signal that comes in the moment before it waits."""
        for _ in range(5):
            does()
            while select.select([self.ours], [], [], 5)[0] and self._reads():
                if (at := self.text.find(expected, self.told)) >= 0:
                    self.told = at + len(expected)
                    return
        pytest.fail(f"{expected!r} did not come:\n{self.text[self.told :]}")

    def ends(self, *lines):
        """Say the last words, and return the exit code and all that was written since the last look."""
        self.say(*lines)
        if not self.terminal:
            self.process.stdin.close()
        while self._reads():
            pass
        rest, self.told = self.text[self.told :], len(self.text)
        return self.process.wait(SECONDS), rest

    def hangs_up(self):
        """Close the terminal, as a window that is closed does."""
        os.close(self.ours)
        self.ours = None

    def signal(self, number):
        self.process.send_signal(number)

    def _reads(self):
        if not select.select([self.ours], [], [], SECONDS)[0]:
            return False
        try:
            data = os.read(self.ours, 65536)
        except OSError:  # what a terminal says when the other side is closed
            return False
        self.text += _STEERING.sub("", data.decode(errors="replace"))
        return bool(data)

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()
        if self.ours is not None:
            os.close(self.ours)


@pytest.fixture
def attend(tmp_path):
    begun = []
    home = tmp_path.parent / f"{tmp_path.name}-home"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TESTMESH_", "XDG_"))}
    for name in ("CI", "HTTP_PROXY", "http_proxy"):
        kept.pop(name, None)
    kept |= {"HOME": str(home), "TERM": "xterm", "NO_COLOR": "1", "COLUMNS": "80"}

    def start(*arguments, terminal=False, deaf_to_hang_up=False, **more):
        program = f"{DEAF}; {PROGRAM}" if deaf_to_hang_up else PROGRAM
        attended = Attended(arguments, tmp_path, kept | more, terminal, program)
        begun.append(attended)
        return attended

    yield start
    for attended in begun:
        attended.close()


@pytest.fixture
def write(tmp_path):
    """Writes a file as editors do: under another name, then put in its place."""

    def write_file(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.swp")
        beside.write_text(text, encoding="utf-8")
        beside.rename(path)
        return path

    return write_file


class Target:
    """The tested system: an order whose total it is told, and a note of what was asked."""

    def __init__(self):
        self.asked = []
        self.total = 54.98
        self.url = ""
        self.held = threading.Event()

    def answer(self, method, path):
        self.asked.append(f"{method} {path}")
        if path == "/slow":
            self.held.wait(SECONDS)
        return {"total": self.total, "token": "s3cr3t-token-value"}


@pytest.fixture
def target():
    found = Target()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self):
            data = json.dumps(found.answer(self.command, self.path)).encode()
            with suppress(ConnectionError):  # who was cut short hears no answer
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - http.server's names

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    yield found
    found.held.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def until():
    def wait(holds):
        end = time.monotonic() + SECONDS
        while not (value := holds()):
            assert time.monotonic() < end, f"did not hold within {SECONDS} s"
            time.sleep(0.02)
        return value

    return wait
