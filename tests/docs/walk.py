"""A page that a reader walks through from top to bottom, carried out in a real shell, in a folder that is empty.

A fenced block says by the words behind its backticks what it is:

    ```console                  lines that begin with `$ ` are typed; those below are printed, `…` stands for any
    ```console second terminal  the same in a shell beside, where it goes on until the end of the page
    ```yaml flows/a.yaml        a file that the reader writes (any kind of file)
    ```diff flows/a.yaml        lines of a file that the reader changes: `-` is there once, `+` takes its place

A command ends with 0, or `$ echo $?` behind it shows with what.
"""

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.docs.pages import blocks_of, is_printed, steadied
from tests.docs.shop import IN_PAGES

PATIENCE_SECONDS = 60.0
PROGRAM = f"#!{sys.executable}\nimport sys\nfrom testmesh_cli.main import main\nsys.exit(main())\n"
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
ASKS_CODE = "echo $?"


class WalkError(Exception):
    """The page says one thing and the product does another, or nobody knows what the page says."""


@dataclass(slots=True)
class Typed:
    """A command, where it stands, and what is printed below it."""

    line: int
    words: str
    said: list[str] = field(default_factory=list)


class Shell:
    """A shell that keeps its folder and its variables from command to command."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            ["bash", "--norc", "--noprofile"], cwd=folder, env=environment, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def type(self, words: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(words.encode() + b"\n")
        self._process.stdin.flush()

    def carried_out(self, words: str) -> tuple[str, int]:
        """Return what a command printed, and its exit code; `$?` is that code for the next one, too."""
        end = f"--{os.urandom(8).hex()}--"
        self.type(f"{{ {words}\n}} </dev/null; code=$?; echo {end}$code; (exit $code)")
        printed, ended, code = self.printed_until(re.compile(re.escape(end) + r"\d+\n").search).rpartition(end)
        if not ended:
            raise WalkError(f"{words} did not end within {PATIENCE_SECONDS} s, it printed {code}")
        return printed, int(code)

    def printed_until(self, enough: Callable[[str], object]) -> str:
        """Return what was printed; where the time is up, what there is."""
        assert self._process.stdout is not None
        printed, until = b"", time.monotonic() + PATIENCE_SECONDS
        while not enough(printed.decode(errors="replace")):
            if not select.select([self._process.stdout], [], [], max(0.0, until - time.monotonic()))[0]:
                break
            more = os.read(self._process.stdout.fileno(), 65536)
            if not more:
                raise WalkError(f"the shell has ended, it printed {printed.decode(errors='replace')}")
            printed += more
        return printed.decode(errors="replace")

    def end(self) -> None:
        with self._process:
            os.killpg(self._process.pid, signal.SIGTERM)


class Walk:
    """One reader of a page, in a folder and a home of their own."""

    def __init__(self, page: Path, folder: Path) -> None:
        self._page = page
        self._home = folder / "home"
        self._folder = folder / "work"
        self._shop = IN_PAGES
        self._here = self._folder

    def through(self) -> None:
        """Do all that the page says, in its order.

        Raises:
            WalkError: something is not as the page says.
        """
        environment = self._environment()
        with ExitStack() as shells:

            def shell() -> Shell:
                opened = Shell(self._here, environment)
                shells.callback(opened.end)
                return opened

            first = shell()
            for line, info, text in blocks_of(self._page):
                kind, _, rest = info.partition(" ")
                if info == "console":
                    self._type(first, list(_typed(self._page, line, text)))
                elif info == "console second terminal":
                    self._leave_running(shell(), list(_typed(self._page, line, text)))
                elif kind == "diff" and rest:
                    self._change(line, self._here / rest, text)
                elif kind and rest:
                    self._write(self._here / rest, text)
                else:
                    raise WalkError(f"{self._page.name}:{line}: nobody knows what ```{info} is")

    def _environment(self) -> dict[str, str]:
        programs = self._home / "programs"
        programs.mkdir(parents=True)
        self._folder.mkdir()
        (programs / "testmesh").write_text(PROGRAM)
        (programs / "testmesh").chmod(0o755)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TESTMESH_", "XDG_"))}
        kept.pop("CI", None)
        path = f"{programs}:{os.environ['PATH']}"
        return kept | {"HOME": str(self._home), "PATH": path, "TERM": "dumb", "TESTMESH_DEMO_PORT": "0"}

    def _type(self, shell: Shell, commands: list[Typed]) -> None:
        for typed, after in zip(commands, [*commands[1:], None], strict=True):
            self._lead_to_the_shop()
            printed, code = shell.carried_out(typed.words.replace(IN_PAGES, self._shop))
            self._compare(typed, printed)
            if code and not (after and after.words == ASKS_CODE):
                raise WalkError(f"{self._page.name}:{typed.line}: {typed.words} ended with {code}:\n{printed}")
            self._here = Path(shell.carried_out("pwd")[0].strip())
            shell.carried_out(f"(exit {code})")

    def _leave_running(self, shell: Shell, commands: list[Typed]) -> None:
        (typed,) = commands
        self._lead_to_the_shop()
        shell.type(typed.words)
        self._compare(typed, shell.printed_until(lambda printed: is_printed(typed.said, self._shown(typed, printed))))

    def _shown(self, typed: Typed, printed: str) -> str:
        """Return what was printed with the shop where the pages have it; its own words say where it is."""
        if typed.words == "testmesh demo" and (found := ADDRESS.findall(printed)):
            self._shop = found[-1]
        return printed.replace(self._shop, IN_PAGES).replace(self._shop.removeprefix("http://"), IN_PAGES[7:])

    def _compare(self, typed: Typed, printed: str) -> None:
        shown = self._shown(typed, printed)
        if not is_printed(typed.said, shown):
            wanted = "\n".join(map(steadied, typed.said))
            raise WalkError(
                f"{self._page.name}:{typed.line}: {typed.words} printed\n{shown}\nand the page says\n{wanted}"
            )

    def _lead_to_the_shop(self) -> None:
        """Put the shop's address where the files have the one of the pages."""
        for path in self._folder.rglob("*.yaml"):
            text = path.read_text()
            if IN_PAGES in text and self._shop != IN_PAGES:
                path.write_text(text.replace(IN_PAGES, self._shop))

    def _write(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def _change(self, line: int, path: Path, text: str) -> None:
        there = "".join(f"{one[1:]}\n" for one in text.splitlines() if one[:1] in "- ")
        instead = "".join(f"{one[1:]}\n" for one in text.splitlines() if one[:1] in "+ ")
        source = path.read_text().replace(self._shop, IN_PAGES)
        if source.count(there) != 1:
            raise WalkError(f"{self._page.name}:{line}: {path.name} has these lines {source.count(there)} times")
        path.write_text(source.replace(there, instead))


def _typed(page: Path, line: int, text: str) -> Iterator[Typed]:
    found: Typed | None = None
    for offset, written in enumerate(text.splitlines(), start=1):
        if written.startswith("$ "):
            if found is not None:
                yield found
            found = Typed(line + offset, written[2:])
        elif found is None:
            raise WalkError(f"{page.name}:{line + offset}: no command prints {written}")
        else:
            found.said.append(written)
    if found is not None:
        yield found
