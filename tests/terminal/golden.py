"""Cases carried out in a terminal and in a pipe, and the files in which is written what they say."""

import secrets
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.docs.shop import IN_PAGES
from tests.house.pinning import pins
from tests.terminal.cases import Case, Turn
from tests.terminal.place import Piped, place_of, write
from tests.terminal.steady import in_letters, steady
from tests.terminal.tmux import Tmux

GOLDEN = Path(__file__).with_name("golden")


@dataclass(frozen=True, slots=True)
class Scene:
    """A folder for one case, and what is around it."""

    folder: Path
    environment: Mapping[str, str]
    shop: str
    unique: str

    @property
    def url(self) -> str | None:
        return self.environment.get("TESTMESH_URL")

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            write(self.folder, {name: text.replace(IN_PAGES, self.shop).replace("UNIQUE", self.unique)})

    def carry_out(self, words: str) -> None:
        piped = Piped(words, self.folder, self.environment)
        try:
            piped.ends()
        finally:
            piped.close()

    def steady(self, said: str, head: int | None) -> str:
        """Return the lines that are pinned of what was said: all, or the first and the last."""
        names = {str(self.folder): "/here", self.environment["HOME"]: "/home", self.unique: "UNIQUE"}
        addresses = {self.shop: "SHOP", self.url or self.shop: "SERVER" if self.url else "SHOP"}
        lines = steady(said, names, addresses).splitlines()
        cut = lines if head is None or len(lines) <= head + 2 else [*lines[:head], "…", lines[-1]]
        return "".join(f"{line}\n" for line in cut)


@contextmanager
def scene_of(case: Case, environment: Mapping[str, str], shop: str) -> Iterator[Scene]:
    """Yield the place of a case, with its files, when what comes before it has been carried out."""
    with place_of({}) as folder:
        scene = Scene(folder, environment, shop, secrets.token_hex(3))
        scene.write(case.files)
        for words in case.before:
            scene.carry_out(words)
        yield scene


def said_in_a_terminal(case: Case, scene: Scene, tmux: Tmux) -> str:
    """Type the command, do what a person does meanwhile, and return what is to be seen in the end."""
    given = {} if scene.url is None else {"TESTMESH_URL": scene.url}
    screen = tmux.open(scene.folder, case.columns, **given)
    screen.type(case.words)
    for turn in case.turns:
        screen.until(lambda seen, turn=turn: _is_said(turn, seen), f"{turn.when!r}, {turn.times} times")
        scene.write(turn.writes)
        if turn.types is not None:
            screen.type(turn.types)
        elif turn.key is not None:
            screen.press(turn.key)
    screen.ends(before=1)
    return scene.steady(in_letters(screen.text(colours=case.colours)), case.head)


def said_in_a_pipe(case: Case, scene: Scene) -> str:
    """Carry the command out, do the same, and return what it wrote: output, then errors."""
    piped = Piped(case.words, scene.folder, scene.environment)
    try:
        for turn in case.turns:
            piped.until(turn.when, turn.times)
            scene.write(turn.writes)
            if turn.types is not None:
                piped.say(turn.types)
            elif turn.key is not None:
                piped.signal(signal.SIGINT)
        return scene.steady(as_written(case.words, piped.ends()), case.head)
    finally:
        piped.close()


def as_written(words: str, ended: tuple[int, str, str]) -> str:
    """Return how a command in a pipe is written down."""
    code, out, err = ended
    errors = f"--- standard error\n{err}" if err else ""
    return f"$ {words}\n{out}{errors}--- exit code {code}\n"


def compare(name: str, said: str) -> None:
    """Hold what was said against the golden file of this name; write that anew first, where it is asked for."""
    golden = GOLDEN / f"{name}.txt"
    if pins():
        golden.write_text(said)

    assert said == golden.read_text()


def _is_said(turn: Turn, seen: str) -> bool:
    return seen.count(turn.when) >= turn.times
