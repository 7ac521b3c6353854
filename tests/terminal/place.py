"""Where a command is carried out: a folder and a home of its own, an environment without this machine's habits."""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.house.running import TESTMESH

WITHIN_S = 30
OF_THIS_MACHINE = ("TESTMESH_", "XDG_", "GITHUB_", "TMUX", "LC_")
HABITS = ("CI", "NO_COLOR", "HTTP_PROXY", "http_proxy", "COLUMNS", "LINES", "PROMPT_COMMAND", "INPUTRC")


def environment_of(home: Path) -> dict[str, str]:
    """Return the environment of somebody who has just sat down."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OF_THIS_MACHINE)}
    for name in HABITS:
        kept.pop(name, None)
    own = {"HOME": str(home), "PS1": "[$?] $ ", "LANG": "C.UTF-8", "TERM": "xterm-256color", "HISTFILE": os.devnull}
    return kept | own | {"PATH": f"{TESTMESH.parent}:{os.environ['PATH']}"}


@contextmanager
def place_of(files: Mapping[str, str]) -> Iterator[Path]:
    """Yield a folder with these files, whose path is as long as any other's; it is removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="place-", dir="/tmp"))
    try:
        write(folder, files)
        yield folder
    finally:
        shutil.rmtree(folder)


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write files as editors do: under another name, then put in their places."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.swp")
        beside.write_text(text)
        beside.rename(path)


class Piped:
    """A command line in a shell whose input and output are pipes; what it writes is gathered as it comes."""

    def __init__(self, words: str, folder: Path, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            ["bash", "--norc", "--noprofile", "-c", f"exec {words}"], cwd=folder, env=dict(environment),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._written: dict[str, str] = {"out": "", "err": ""}
        streams = {"out": self._process.stdout, "err": self._process.stderr}
        self._changed = threading.Condition()
        self._readers = [threading.Thread(target=self._read, args=one, daemon=True) for one in streams.items()]
        for reader in self._readers:
            reader.start()

    def until(self, words: str, times: int = 1, within_s: float = WITHIN_S) -> None:
        """Wait until these words were written so often."""
        with self._changed:
            came = self._changed.wait_for(lambda: self._count(words) >= times, within_s)
        assert came, f"waited {within_s} s for {words!r}, and read\n{self._written}"

    def say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, where it has not ended yet."""
        if self._process.poll() is None:
            self._process.send_signal(number)

    def ends(self) -> tuple[int, str, str]:
        """Close its input, wait for its end, and return exit code, output and errors."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        code = self._process.wait(WITHIN_S)
        for reader in self._readers:
            reader.join(WITHIN_S)
        return code, self._written["out"], self._written["err"]

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert stream is not None
            stream.close()

    def _count(self, words: str) -> int:
        return sum(text.count(words) for text in self._written.values())

    def _read(self, name: str, stream: Iterator[str]) -> None:
        while part := os.read(stream.fileno(), 65536):  # type: ignore[attr-defined]
            with self._changed:
                self._written[name] += part.decode(errors="replace")
                self._changed.notify_all()
