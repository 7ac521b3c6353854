"""The lines by which a step of GitHub Actions speaks to it, and how what others wrote is kept from speaking too."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from testmesh_engine.reporters.wording import cut, legal

Kind = Literal["error", "warning", "notice"]
MOST_OF_A_KIND = 10
"""What GitHub shows of a step; the rest would vanish without a word."""
LONGEST_MESSAGE = 4_000
_IN_MESSAGES = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTIES = _IN_MESSAGES | {":": "%3A", ",": "%2C"}


@dataclass(frozen=True, slots=True)
class Annotation:
    """A word at a line of a file."""

    kind: Kind
    title: str
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None

    def command(self) -> str:
        pairs = (("file", self.file), ("line", self.line), ("col", self.column), ("title", self.title))
        shown = ",".join(f"{name}={_escaped(str(value), _IN_PROPERTIES)}" for name, value in pairs if value is not None)
        return f"::{self.kind} {shown}::{_escaped(cut(self.message, LONGEST_MESSAGE), _IN_MESSAGES)}"


def commands(annotations: Sequence[Annotation], where_the_rest_is: str) -> list[str]:
    """Return the lines to print; of a kind with more than are shown, the last says how many more there are."""
    lines: list[str] = []
    for kind in ("error", "warning", "notice"):
        found = [one for one in annotations if one.kind == kind]
        shown = found if len(found) <= MOST_OF_A_KIND else found[: MOST_OF_A_KIND - 1]
        lines += [one.command() for one in shown]
        if len(shown) < len(found):
            more = f"{len(found) - len(shown)} more of {len(found)} are not shown here: see {where_the_rest_is}"
            lines.append(Annotation(kind, "TestMesh", more).command())
    return lines


def _escaped(text: str, signs: dict[str, str]) -> str:
    # One sign at a time, so that what stands for a sign is never taken for one.
    return "".join(signs.get(sign, sign) for sign in legal(text))
