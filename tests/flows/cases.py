"""The conformance cases: a flow in a file, what must come of it in the comment at its head, its words in `.err`.

# expect:
#   status: failed                  of the flow; `invalid` where it must not start at all
#   code: TM420
#   steps: {a: passed, 'b/c[0]': failed}    every step that is recorded, by path
#   outputs: {total: 3}
#   faults: [TM302 7:20]            or notes, of an invalid or a valid flow: code, line and column
#   warnings: [a part of one]
# given: {variables: {x: 1}, inputs: {n: 2}}
# cancel: 50ms                      after the start
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent
PARTS = "parts"
"""Folders of what cases refer to: flows to call, rows; no cases themselves."""
_TIME = re.compile(r"\b\d+(?:\.\d+)?(?= ?(?:ms|passes)\b)")


@dataclass(frozen=True, slots=True)
class Case:
    """One flow and what must come of it."""

    path: Path
    status: str
    code: str | None = None
    steps: dict[str, str] | None = None
    outputs: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, Any] = field(default_factory=dict)
    cancel: str | None = None

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT).with_suffix(""))

    @property
    def source(self) -> str:
        return self.path.read_text()

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
    given = document.get("given", {})
    return Case(
        path,
        **document["expect"],
        variables=given.get("variables", {}),
        inputs=given.get("inputs", {}),
        cancel=document.get("cancel"),
    )


def all_cases() -> list[Case]:
    """Return the cases, sorted by name."""
    return [read_case(path) for path in sorted(ROOT.rglob("*.yaml")) if PARTS not in path.parts]


def steadied(words: str) -> str:
    """Return words without the durations and counts that differ from run to run."""
    return _TIME.sub("#", words)
