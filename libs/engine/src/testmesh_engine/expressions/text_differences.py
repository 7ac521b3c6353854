"""Where two texts differ: by line, and inside the line with carets."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import zip_longest

from testmesh_engine.expressions.values import shown

_AROUND = 20
_MAX_LINES = 400


def text_differences(actual: str, expected: str, path: str) -> Iterator[str]:
    """Yield lines for a message; `path` says where in a value the texts stand."""
    label = f"{path}: " if path else ""
    one, other = actual.splitlines(keepends=True), expected.splitlines(keepends=True)
    if max(len(one), len(other)) <= 1:
        yield from _inside(actual, expected, label)
        return
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    if max(len(one), len(other)) - start > _MAX_LINES:
        yield from _paired(one[start:], other[start:], start, label)
        return
    matcher = SequenceMatcher(None, one[start:], other[start:], autojunk=False)
    for tag, from_, to, other_from, other_to in matcher.get_opcodes():
        if tag != "equal":
            yield from _paired(one[start + from_ : start + to], other[start + other_from : start + other_to],
                               start + from_, label)  # fmt: skip


def _paired(one: list[str], other: list[str], start: int, label: str) -> Iterator[str]:
    for place, (line, wanted) in enumerate(zip_longest(one, other), start + 1):
        where = f"{label}line {place}: "
        if line == wanted:
            continue
        if line is None:
            yield f"{where}is missing, expected {shown(wanted)}"
        elif wanted is None:
            yield f"{where}is {shown(line)}, not expected"
        else:
            yield from _inside(line, wanted, where)


def _inside(actual: str, expected: str, label: str) -> Iterator[str]:
    shared = min(len(actual), len(expected))
    at = next((place for place in range(shared) if actual[place] != expected[place]), shared)
    start, end = max(0, at - _AROUND), at + 2 * _AROUND
    told = f"{label}differs from character {at + 1}: is "
    one, other = _excerpt(actual, start, end), _excerpt(expected, start, end)
    yield f"{told}{one}, expected {other}"
    before = _width(expected, start, at)
    yield " " * (len(told) + before) + "^" + " " * (len(one) + len(", expected ") - 1) + "^"


def _excerpt(text: str, start: int, end: int) -> str:
    before, after = "…" if start else "", "…" if end < len(text) else ""
    return shown(f"{before}{text[start:end]}{after}")


def _width(text: str, start: int, at: int) -> int:
    """How wide what both texts share is written, its opening quote included."""
    return len(shown(f"{'…' if start else ''}{text[start:at]}")) - 1
