"""A real terminal: a tmux server of its own, shells in it, keys that are pressed, and what can be seen."""

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

WITHIN_S = 20.0
LOOK_EVERY_S = 0.03
ROWS = 50
PROMPT = re.compile(r"^\[(\d+)\] \$(?: |$)", re.MULTILINE)
"""What the shell says when it waits, with the exit code of what it ran before."""


class Screen:
    """One terminal with a shell; all that was written in it can be read, also what has scrolled away."""

    def __init__(self, tmux: "Tmux", name: str) -> None:
        self._tmux = tmux
        self._name = name

    def type(self, words: str) -> None:
        """Type a line, and Enter."""
        self._tmux.command("send-keys", "-t", self._name, "-l", words)
        self.press("Enter")

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names: `C-c`, `Enter`, `q`."""
        self._tmux.command("send-keys", "-t", self._name, *keys)

    def text(self, *, colours: bool = False) -> str:
        """Return what was written, without the blanks at the ends of lines."""
        flags = ["-e"] if colours else []
        written = self._tmux.command("capture-pane", "-p", "-S", "-", *flags, "-t", self._name)
        return "\n".join(line.rstrip() for line in written.rstrip().splitlines())

    def until(self, holds: Callable[[str], object], what: str, within_s: float = WITHIN_S) -> str:
        """Wait until it holds of what can be seen, and return that."""
        deadline = time.monotonic() + within_s
        while not holds(seen := self.text()):
            assert time.monotonic() < deadline, f"waited {within_s:g} s for {what}, and saw\n{seen}"
            time.sleep(LOOK_EVERY_S)
        return seen

    def sees(self, words: str) -> str:
        """Wait until these words can be seen."""
        return self.until(lambda seen: words in seen, repr(words))

    def carries_out(self, words: str) -> int:
        """Type a command, wait until the shell waits again, and return the exit code."""
        before = self.prompts()
        self.type(words)
        return self.ends(before)

    def prompts(self) -> int:
        """Return how often the shell has asked for a command."""
        return len(PROMPT.findall(self.text()))

    def ends(self, before: int) -> int:
        """Wait until the shell asks for a command once more than before; return the exit code that it says."""
        seen = self.until(
            lambda seen: len(PROMPT.findall(seen)) > before and re.search(r"^\[\d+\] \$\Z", seen, re.MULTILINE),
            "the shell to ask for a command",
        )
        return int(PROMPT.findall(seen)[-1])

    @property
    def shows_cursor(self) -> bool:
        return self._tmux.command("display-message", "-p", "-t", self._name, "#{cursor_flag}").strip() == "1"


class Tmux:
    """A tmux server that nobody else knows; it is ended by its own socket."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="tmux-"))
        self._environment = dict(environment)
        self._count = 0

    def open(self, folder: Path, columns: int, **environment: str) -> Screen:
        """Open a terminal of so many columns, with a shell in a folder."""
        self._count += 1
        name = f"screen{self._count}"
        given = [word for pair in environment.items() for word in ("-e", "=".join(pair))]
        settings = ["set-option", "-g", "default-terminal", "tmux-256color", ";", "set-option", "-g", "history-limit"]
        size = ["-x", str(columns), "-y", str(ROWS), "-c", str(folder)]
        shell = ["bash", "--norc", "--noprofile"]
        self.command(
            "start-server", ";", *settings, "20000", ";", "new-session", "-d", "-s", name, *size, *given, *shell
        )
        screen = Screen(self, name)
        screen.until(PROMPT.search, "the shell")
        return screen

    def command(self, *words: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", str(self._home / "socket"), "-u", "-f", "/dev/null", *words],
            env=self._environment, capture_output=True, text=True, timeout=WITHIN_S,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def close(self) -> None:
        if self._count:
            self.command("kill-server")
        shutil.rmtree(self._home)
