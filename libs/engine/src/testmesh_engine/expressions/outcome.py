"""An assertion's outcome, explained: what was read, and where two values differ."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice, zip_longest

from testmesh_engine.expressions.errors import ExpressionError, LimitExceededError
from testmesh_engine.expressions.frames import Compared, Frame, Operand
from testmesh_engine.expressions.values import described, equal, kind, shown

_MOST_LINES = 50
_MOST_OPERANDS = 50
_AROUND = 20
_NOTHING = object()


@dataclass(slots=True)
class Outcome:
    """What became of an assertion; it holds only where `holds` is true, and an error never does."""

    holds: bool
    expression: str
    operands: list[Operand] = field(default_factory=list)
    difference: list[str] = field(default_factory=list)
    error: str | None = None
    code: str | None = None
    offset: int = -1


def judged(text: str, frame: Frame, *, value: object = None, error: ExpressionError | None = None) -> Outcome:
    """Make the outcome of one evaluation."""
    operands = _distinct(frame.operands)
    if error is not None:
        return Outcome(False, text, operands, [], error.message, error.code, error.offset)
    if not isinstance(value, bool):
        message = f"an assertion is true or false, and this is {described(value)}: compare it with something"
        return Outcome(False, text, operands, [], message, "TM403", 0)
    return Outcome(value, text, operands, [] if value else _differences(frame.compared))


def _distinct(operands: list[Operand]) -> list[Operand]:
    seen: dict[str, Operand] = {}
    for operand in operands:
        seen.setdefault(operand.text, operand)
    return list(seen.values())[:_MOST_OPERANDS]


def _differences(compared: list[Compared]) -> list[str]:
    lines: list[str] = []
    frame = Frame({})
    for pair in compared:
        actual, expected = pair.left, pair.right
        if not pair.right_is_expected:
            actual, expected = expected, actual
        try:
            lines += islice(difference(actual, expected, frame), _MOST_LINES + 1)
        except (LimitExceededError, RecursionError):
            lines.append("… (the values are too large to be compared further)")
    if len(lines) > _MOST_LINES:
        lines[_MOST_LINES:] = ["… (more differences are not shown)"]
    return lines


def difference(actual: object, expected: object, frame: Frame, path: str = "") -> Iterator[str]:
    """Yield a line for each place where two values differ; none for two scalars of one kind at the top."""
    if equal(actual, expected, frame):
        return
    if isinstance(actual, Mapping) and isinstance(expected, Mapping):
        yield from _maps(actual, expected, frame, path)
    elif isinstance(actual, list | tuple) and isinstance(expected, list | tuple):
        yield from _lists(list(actual), list(expected), frame, path)
    elif kind(actual) != kind(expected):
        place = f"{path}: " if path else ""
        yield f"{place}is {described(actual)}, expected {described(expected)}: the types differ"
    elif isinstance(actual, str) and isinstance(expected, str):
        yield from _texts(actual, expected, path)
    elif path:
        yield f"{path}: is {shown(actual)}, expected {shown(expected)}"


def _maps(actual: Mapping[str, object], expected: Mapping[str, object], frame: Frame, path: str) -> Iterator[str]:
    for key in expected:
        place = f"{path}.{key}"
        if key in actual:
            yield from difference(actual[key], expected[key], frame, place)
        else:
            yield f"{place}: is missing, expected {shown(expected[key])}"
    for key in actual:
        if key not in expected:
            yield f"{path}.{key}: is {shown(actual[key])}, not expected"


def _lists(actual: list[object], expected: list[object], frame: Frame, path: str) -> Iterator[str]:
    for place, (one, other) in enumerate(zip_longest(actual, expected, fillvalue=_NOTHING)):
        if one is _NOTHING:
            yield f"{path}[{place}]: is missing, expected {shown(other)}"
        elif other is _NOTHING:
            yield f"{path}[{place}]: is {shown(one)}, not expected"
        else:
            yield from difference(one, other, frame, f"{path}[{place}]")


def _texts(actual: str, expected: str, path: str) -> Iterator[str]:
    shared = min(len(actual), len(expected))
    at = next((place for place in range(shared) if actual[place] != expected[place]), shared)
    start, end = max(0, at - _AROUND), at + 2 * _AROUND
    line = expected.count("\n", 0, at) + 1
    where = f"character {at + 1}" if "\n" not in expected else f"character {at + 1}, line {line}"
    label = f"{path}: " if path else ""
    yield f"{label}differs from {where}: is {_excerpt(actual, start, end)}, expected {_excerpt(expected, start, end)}"


def _excerpt(text: str, start: int, end: int) -> str:
    before, after = "…" if start else "", "…" if end < len(text) else ""
    return shown(f"{before}{text[start:end]}{after}")
