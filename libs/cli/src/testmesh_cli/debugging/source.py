"""The lines of a flow file, around the step at which a run is held."""

from collections.abc import Collection
from functools import lru_cache

from testmesh_cli.reporting.paper import Line, Span, visible
from testmesh_cli.sources import FlowFile

AROUND = 5
LAST = 10**9
"""A number of a line beyond the end of every file."""


def line_number(text: str) -> int | None:
    """Return the number of a line that a person types; None where it is none."""
    if not text.isdecimal():
        return None
    return int(text) if len(text) < len(str(LAST)) else LAST


def indent_of(file: FlowFile, line: int) -> int | None:
    """Return how far a line is indented; None for one that is empty, a comment, or not there."""
    lines = _lines(file.source)
    text = lines[line - 1] if 1 <= line <= len(lines) else ""
    bare = text.lstrip(" ")
    return None if not bare or bare.startswith("#") else len(text) - len(bare)


def around(file: FlowFile, centre: int) -> range:
    """Return the numbers of the lines around one, as far as there are any."""
    total = len(_lines(file.source))
    first = max(1, min(centre, total) - AROUND)
    return range(first, min(total, first + 2 * AROUND) + 1)


def source_lines(file: FlowFile, numbers: range, at: int | None, marks: Collection[int] = ()) -> list[Line]:
    """Return lines of a flow, an arrow at the line of the step, `b` where there is a breakpoint."""
    lines = _lines(file.source)
    width = len(str(numbers.stop - 1))
    return [
        [
            Span("-> " if number == at else "   ", "bold green"),
            Span("b" if number in marks else " ", "red"),
            Span(f"{number:>{width}} | ", "dim"),
            Span(visible(lines[number - 1].replace("\t", "  ")), "bold" if number == at else ""),
        ]
        for number in numbers
        if number <= len(lines)
    ]


@lru_cache(maxsize=16)
def _lines(source: bytes) -> list[str]:
    return source.decode("utf-8", "replace").removeprefix("\ufeff").splitlines()
