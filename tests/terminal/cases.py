"""Every command in typical cases: what is there, what is typed, what is done while it runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tests.terminal import flows

Way = Literal["terminal", "pipe"]


@dataclass(frozen=True, slots=True)
class Turn:
    """What a person does when words have been said so often: types a line, writes files, or presses a key.

    Who sits at a pipe has no keys: there each of them is Ctrl-C.
    """

    when: str
    times: int = 1
    types: str | None = None
    key: str | None = None
    writes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """A command line, and where it is carried out; of what it says `head` lines are pinned, all where it is None."""

    name: str
    words: str
    files: Mapping[str, str] = field(default_factory=dict)
    turns: tuple[Turn, ...] = ()
    before: tuple[str, ...] = ()
    """Commands that are carried out first, and looked at by nobody."""
    asks_server: bool = False
    columns: int = 80
    colours: bool = False
    head: int | None = None
    ways: tuple[Way, ...] = ("terminal", "pipe")

    @property
    def command(self) -> str:
        """Return which command it is of; nothing where none is named."""
        word = self.words.removeprefix("testmesh").strip().partition(" ")[0]
        return "" if word.startswith("-") else word


ONE = {"lamp.yaml": flows.GREEN}
RED = {"bowl.yaml": flows.RED}
SEVERAL = {"flows/lamp.yaml": flows.GREEN, "flows/bowl.yaml": flows.RED, "flows/nobody.yaml": flows.ERROR}
SMALL = {"right.yaml": flows.RIGHT, "wrong.yaml": flows.WRONG}
PROJECT = {**ONE, ".testmesh.yaml": flows.SETTINGS, ".env": flows.DOTENV}
SERVED = {"lamp.yaml": flows.FOR_SERVER}
BOTH_SERVED = {**SERVED, "stock.yaml": flows.FAILS_THERE}
DEBUG = (
    "help", "step", "print total", "where", "continue", "request", "break say", "break", "prnt total", "vars",
    "set total = 4", "retry", "continue", "continue",
)  # fmt: skip
NOBODY = "http://127.0.0.1:1"

CASES = (
    Case("nothing", "testmesh"),
    Case("help", "testmesh --help"),
    Case("help-of-run", "testmesh run --help"),
    Case("version", "testmesh --version"),
    Case("no-such-command", "testmesh valdiate"),
    Case("a-path-for-a-command", "testmesh lamp.yaml", ONE),
    Case("no-such-option", "testmesh run --fail-fsat", ONE),
    Case("completion", "testmesh completion bash", head=4),
    Case("config-list", "testmesh config list", PROJECT),
    Case("config-explain", "testmesh config explain", PROJECT),
    Case("config-unknown", "testmesh config get defaults.job", PROJECT),
    Case("config-set", "testmesh config set defaults.jobs 4", PROJECT),
    Case("demo", "testmesh demo --port 0", turns=(Turn("shop: http", key="C-c"),)),
    Case("explain", "testmesh explain TM301"),
    Case("explain-unknown", "testmesh explain TM31"),
    Case("init", "testmesh init my-tests --template http --ci github"),
    Case("init-again", "testmesh init my-tests --template http", before=("testmesh init my-tests --template http",)),
    Case("run-green", "testmesh run lamp.yaml", ONE),
    Case("run-red", "testmesh run bowl.yaml --seed 7", RED),
    Case("run-red-wide", "testmesh run bowl.yaml --seed 7", RED, columns=140, ways=("terminal",)),
    Case("run-red-in-colour", "testmesh run bowl.yaml --seed 7", RED, colours=True, ways=("terminal",)),
    Case("run-error", "testmesh run nobody.yaml --seed 7", {"nobody.yaml": flows.ERROR}),
    Case("run-several", "testmesh run flows -j 2 --seed 7", SEVERAL),
    Case("run-several-in-colour", "testmesh run flows -j 1 --seed 7", SEVERAL, colours=True, ways=("terminal",)),
    Case("run-part", "testmesh run flows -t 'smoke and not slow' -k lamp --seed 7", SEVERAL),
    Case("run-repeat", "testmesh run . -j 1 --repeat 2 --seed 7", SMALL),
    Case("run-dry", "testmesh run --dry-run -t 'smoke and not slow' --seed 7", SEVERAL),
    Case("run-nothing", "testmesh run -t absent", SEVERAL),
    Case("run-not-valid", "testmesh run", {"faulty.yaml": flows.FAULTY, **ONE}),
    Case("run-last-failed", "testmesh run --last-failed --seed 7", SMALL, before=("testmesh run",)),
    Case("run-reports", "testmesh run right.yaml --report junit=out/junit.xml --report html=out/all.html", SMALL),
    Case("run-environment", "testmesh run lamp.yaml -e stagign", PROJECT),
    Case("run-environment-in-colour", "testmesh run lamp.yaml -e stagign", PROJECT, colours=True, ways=("terminal",)),
    Case("run-unread", "testmesh run right.yaml --var totl=3", SMALL),
    Case("run-timeout", "testmesh run late.yaml --timeout 1s --seed 7", {"late.yaml": flows.LATE}),
    Case("schema", "testmesh schema", head=8),
    Case("validate-valid", "testmesh validate", SMALL),
    Case("validate-in-colour", "testmesh validate", {"faulty.yaml": flows.FAULTY}, colours=True, ways=("terminal",)),
    Case("validate-faults", "testmesh validate", {"faulty.yaml": flows.FAULTY, **ONE}),
    Case("validate-json", "testmesh validate --format json", {"faulty.yaml": flows.FAULTY}, ways=("pipe",)),
    Case("validate-github", "testmesh validate --format github", {"faulty.yaml": flows.FAULTY}, ways=("pipe",)),
    Case("validate-sarif", "testmesh validate --format sarif", {"faulty.yaml": flows.FAULTY}, ways=("pipe",), head=40),
    Case(
        "watch",
        "testmesh watch --seed 7 -j 1",
        {"right.yaml": flows.RIGHT},
        turns=(
            Turn("waiting", writes={"right.yaml": flows.RIGHT.replace("== 3", "== 4")}),
            Turn("waiting", 2, writes={"right.yaml": flows.RIGHT.replace("steps:", "stesp:")}),
            Turn("waiting", 3, writes={"right.yaml": flows.RIGHT}),
            Turn("waiting", 4, key="q"),
        ),
    ),
    Case(
        "debug",
        "testmesh debug debugged.yaml --seed 7",
        {"debugged.yaml": flows.DEBUGGED},
        turns=tuple(Turn("(debug)", place, types=line) for place, line in enumerate(DEBUG, start=1)),
    ),
    Case(
        "debug-red",
        "testmesh debug bowl.yaml --seed 7",
        RED,
        turns=tuple(
            Turn("(debug)", place, types=line)
            for place, line in enumerate(("continue", "request", "print body.name", "quit"), start=1)
        ),
    ),
    Case("push", "testmesh push", BOTH_SERVED, asks_server=True),
    Case("push-again", "testmesh push --dry-run", SERVED, before=("testmesh push",), asks_server=True),
    Case("run-remote", "testmesh run --remote --follow lamp.yaml", SERVED, asks_server=True),
    Case("run-remote-red", "testmesh run --remote stock.yaml", BOTH_SERVED, asks_server=True),
    Case("run-detached", "testmesh run --remote --detach lamp.yaml", SERVED, asks_server=True),
    Case("run-nobody-there", f"testmesh run --remote lamp.yaml --url {NOBODY}", SERVED),
    Case("results", "testmesh results -n 2", BOTH_SERVED, before=("testmesh run --remote -j 1",), asks_server=True),
    Case("results-last", "testmesh results --last", BOTH_SERVED,
         before=("testmesh run --remote stock.yaml",), asks_server=True),
    Case("artifacts", "testmesh artifacts list --last", SERVED,
         before=("testmesh run --remote lamp.yaml",), asks_server=True),
    Case("logs", "testmesh logs --last", SERVED, before=("testmesh run --remote lamp.yaml",), asks_server=True),
    Case("logs-follow", "testmesh logs -f", SERVED, before=("testmesh run --remote lamp.yaml",), asks_server=True),
    Case("upload-after-run", "testmesh run lamp.yaml --upload", SERVED, asks_server=True),
    Case("upload-refused", f"testmesh run lamp.yaml --upload --url {NOBODY}", SERVED),
    Case("upload", "testmesh upload", SERVED,
         before=(f"testmesh run lamp.yaml --upload --url {NOBODY}",), asks_server=True),
    Case("upload-nothing", "testmesh upload", asks_server=True),
)  # fmt: skip
SERVER = Case("server", "testmesh server --port 0 --data data")
"""The one that the cases ask: what it says is looked at when all of them are over."""


def commands_of(way: Way) -> set[str]:
    """Return the commands that have a case in a terminal, or in a pipe."""
    return {case.command for case in (*CASES, SERVER) if way in case.ways}
