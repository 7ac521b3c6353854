"""The conformance cases: a flow in a file, what must come of it in the comment at its head, its words in `.err`.

# expect:
#   status: failed                  of the flow; `invalid` where it must not start at all
#   code: TM420
#   steps: {a: passed, 'b/c[0]': failed}    every step that is recorded, by path
#   attempts: {a: 3}                of steps that were tried more than once; null where the clock decides
#   outputs: {total: 3}
#   faults: [TM302 7:20]            or notes, of an invalid or a valid flow: code, line and column
#   warnings: [a part of each]
# given: {variables: {x: 1}, inputs: {n: 2}, seed: 7}
# beside: [parts/greeting.yaml]     flows that are known by their names
# cancel: g/a                       when this step has begun
# refused: [TM456 8:5]              what a server, which looks at all that a flow names, says instead of running it
# only: {ways: [engine, cli], because: what is otherwise elsewhere, and why that is right}
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

Way = Literal["engine", "cli", "server"]
WAYS: tuple[Way, ...] = ("engine", "cli", "server")
ROOT = Path(__file__).parent
PARTS = "parts"
"""Folders of what cases refer to: flows to call, rows; no cases themselves."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a flow is started with."""

    variables: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, Any] = field(default_factory=dict)
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """One flow and what must come of it."""

    path: Path
    status: str
    code: str | None = None
    steps: dict[str, str] = field(default_factory=dict)
    attempts: dict[str, int] | None = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    given: Given = field(default_factory=Given)
    beside: list[str] = field(default_factory=list)
    cancel: str | None = None
    refused: list[str] = field(default_factory=list)
    ways: tuple[str, ...] = WAYS
    because: str = ""

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT).with_suffix(""))

    @property
    def file(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def source(self) -> str:
        return self.path.read_text()

    @property
    def asks_the_stub(self) -> bool:
        """Whether its variable `stub` must be the address of what answers HTTP requests."""
        return "${stub}" in self.source

    @property
    def words(self) -> Path:
        """The file that pins what is said where the flow does not pass."""
        return self.path.with_suffix(".err")


def read_case(path: Path) -> Case:
    lines = path.read_text().splitlines()
    head = [
        line[1:].removeprefix(" ") for line in lines[: next(i for i, s in enumerate(lines) if not s.startswith("#"))]
    ]
    document = yaml.safe_load("\n".join(head))
    only = document.pop("only", {"ways": WAYS, "because": ""})
    return Case(
        path,
        **document.pop("expect"),
        given=Given(**document.pop("given", {})),
        ways=tuple(only["ways"]),
        because=only["because"],
        **document,
    )


def all_cases() -> list[Case]:
    """Return the cases, sorted by name."""
    return [read_case(path) for path in sorted(ROOT.rglob("*.yaml")) if PARTS not in path.parts]


def cases_of(way: Way) -> list[Case]:
    """Return the cases that are carried out in this way."""
    return [case for case in all_cases() if way in case.ways]
