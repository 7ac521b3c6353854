"""The pages for users, taken apart into what they show: flows, files beside them, commands, and what is printed.

A fenced block says by the words behind its backticks what it is:

    ```yaml                       a flow: it is run, and passes without a warning or a note
    ```yaml --var region=eu       the same, with these options of `testmesh run`
    ```yaml validate              a flow that is not run: `testmesh validate` looks at it
    ```yaml file=parts/a.yaml     a file beside the page's other blocks (also csv, json, dotenv, …)
    ```console                    lines that begin with `$ testmesh` are carried out, what is below them is printed
    ```text                       what the block before it prints: these lines, in this order; `…` stands for any
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

HOME = Path(__file__).parents[2]
DOCS = HOME / "docs"
PAGES = sorted([*(DOCS / "language").glob("*.md"), *(DOCS / "actions").glob("*.md"), DOCS / "running.md"])
FLOW = "flow.yaml"
_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
_RUN_TIME = re.compile(r"<1 ms|\b\d+(?:\.\d+)? (?:ms|s)\b|\b\d+ min \d+ s\b")
_OTHER = re.compile(r"(?<=--seed )\d+|\b\d+(?= attempts\b| passes\b)")


class PageError(Exception):
    """A block that nobody would look at."""


@dataclass(slots=True)
class Example:
    """A flow or a command of a page, the files that are there for it, and the lines that it must print."""

    page: Path
    line: int
    arguments: list[str]
    source: str | None
    said: list[str] | None = None
    files: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.page.parent.name}/{self.page.stem}:{self.line}"


def examples_of(page: Path) -> list[Example]:
    """Return all that a page shows, in order.

    Raises:
        PageError: a block is none of those that are looked at.
    """
    found: list[Example] = []
    files: dict[str, str] = {}
    for line, info, text in blocks_of(page):
        kind, _, rest = info.partition(" ")
        if rest.startswith("file="):
            files[rest.removeprefix("file=")] = text
        elif kind == "yaml":
            given = ["validate", FLOW] if rest == "validate" else ["run", FLOW, *shlex.split(rest)]
            if rest and rest != "validate" and not rest.startswith("--"):
                raise PageError(f"{page.name}:{line}: nobody knows what ```{info} is")
            found.append(Example(page, line, given, text, files=files))
        elif kind == "text" and not rest and found and found[-1].said is None:
            found[-1].said = text.splitlines()
        elif kind == "console" and not rest:
            found += _commands(page, line, text, files)
        else:
            raise PageError(f"{page.name}:{line}: nobody looks at ```{info}")
    return found


def blocks_of(page: Path) -> Iterator[tuple[int, str, str]]:
    text = page.read_text()
    for block in _FENCE.finditer(text):
        yield text.count("\n", 0, block.start()) + 1, block["info"].strip(), block["text"]


def _commands(page: Path, line: int, text: str, files: dict[str, str]) -> Iterator[Example]:
    example: Example | None = None
    for offset, written in enumerate(text.splitlines(), start=1):
        if written.startswith("$ "):
            words = shlex.split(written[2:], comments=True)
            if words[:1] != ["testmesh"]:
                raise PageError(f"{page.name}:{line + offset}: only testmesh is carried out, not {written}")
            words = words[: words.index(">")] if ">" in words else words
            example = Example(page, line + offset, words[1:], None, files=files)
            yield example
        elif example is None:
            raise PageError(f"{page.name}:{line + offset}: no command prints {written}")
        else:
            example.said = [*(example.said or []), written]


def steadied(words: str) -> str:
    """Return words without what differs from run to run: durations, counts of attempts, the seed."""
    return _OTHER.sub("N", _RUN_TIME.sub("N ms", words))


def is_printed(said: list[str], printed: str) -> bool:
    """Say whether these lines are in what was printed, in order; those between two `…` side by side."""
    lines = [line.rstrip() for line in steadied(printed).splitlines()]
    at = 0
    for part in _parts(said):
        places = [i for i in range(at, len(lines) - len(part) + 1) if lines[i : i + len(part)] == part]
        if not places:
            return False
        at = places[0] + len(part)
    return True


def pin(example: Example, printed: str) -> None:
    """Write down in its page what an example prints now, without the flow's name and the summary."""
    if example.source is None or "…" in (example.said or []):
        return
    lines = printed.splitlines()
    if example.arguments[0] == "run":
        own = [at for at, line in enumerate(lines) if line.startswith("    run it again: ")]
        lines = lines[1 : own[-1] if own else -2]
    text = example.page.read_text()
    begin = text.index("```text\n", text.index(example.source)) + len("```text\n")
    end = text.index("```\n", begin)
    example.page.write_text(text[:begin] + "\n".join(lines) + "\n" + text[end:])


def _parts(said: list[str]) -> Iterator[list[str]]:
    part: list[str] = []
    for line in [*said, "…"]:
        if line.strip() != "…":
            part.append(steadied(line).rstrip())
        elif part:
            yield part
            part = []
