"""Where two values differ: maps by key, lists by position with moves noticed, texts by line, numbers by how much."""

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import islice, zip_longest
from typing import cast

from testmesh_engine.expressions.causes import apart, cause
from testmesh_engine.expressions.errors import LimitExceededError
from testmesh_engine.expressions.frames import Compared, Frame
from testmesh_engine.expressions.statuses import status_phrase
from testmesh_engine.expressions.text_differences import text_differences
from testmesh_engine.expressions.values import (
    Number,
    described,
    equal,
    fingerprint,
    is_number,
    kind,
    shown,
)

_MOST_LINES = 50
_MOST_ALIGNED = 2_000
_MOST_REPEATED = 20
_NOTHING = object()


def told(compared: list[Compared]) -> list[str]:
    """Lines for every pair of values that should have been equal and are not."""
    lines: list[str] = []
    frame = Frame({})
    for pair in compared:
        actual, expected, name = pair.left, pair.right, pair.left_text
        if not pair.right_is_expected:
            actual, expected, name = expected, actual, pair.right_text
        phrase = status_phrase(name, actual, expected)
        if phrase is not None and actual != expected:
            lines += [f"{actual} {phrase}"] if phrase else []
            continue
        try:
            lines += islice(difference(actual, expected, frame), _MOST_LINES + 1)
            reason = "" if equal(actual, expected, frame) else cause(actual, expected, name)
        except (LimitExceededError, RecursionError):
            lines.append("… (the values are too large to be compared further)")
            continue
        lines += [f"likely cause: {reason}"] if reason else []
    if len(lines) > _MOST_LINES:
        lines[_MOST_LINES:] = ["… (more differences are not shown)"]
    return lines


def difference(actual: object, expected: object, frame: Frame, path: str = "") -> Iterator[str]:
    """Yield a line for each place where two values differ; none where they are equal."""
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
        yield from text_differences(actual, expected, path)
    else:
        yield from _scalars(actual, expected, path)


def _scalars(actual: object, expected: object, path: str) -> Iterator[str]:
    both = is_number(actual) and is_number(expected)
    gap = apart(cast(Number, actual), cast(Number, expected)) if both else ""
    phrase = status_phrase(path, actual, expected) if path else None
    gap = gap if phrase is None else phrase
    if path:
        yield f"{path}: is {shown(actual)}, expected {shown(expected)}{f' ({gap})' if gap else ''}"
    elif gap:
        yield f"{gap} than expected"


def _maps(actual: Mapping[str, object], expected: Mapping[str, object], frame: Frame, path: str) -> Iterator[str]:
    alike = {str(key).casefold(): key for key in actual if key not in expected}
    for key in expected:
        place = f"{path}.{key}"
        if key in actual:
            yield from difference(actual[key], expected[key], frame, place)
        else:
            other = alike.get(str(key).casefold())
            hint = f"; there is `{other}`, in another case" if other is not None else ""
            yield f"{place}: is missing, expected {shown(expected[key])}{hint}"
    for key in actual:
        if key not in expected:
            yield f"{path}.{key}: is {shown(actual[key])}, not expected"


def _lists(actual: list[object], expected: list[object], frame: Frame, path: str) -> Iterator[str]:
    one = [fingerprint(item, frame) for item in actual]
    other = [fingerprint(item, frame) for item in expected]
    blocks = _blocks(one, other)
    left = {index for block in blocks for index in block[0]}
    right = {index for block in blocks for index in block[1]}
    moved = _moved(one, other, left, right)
    for index, home in moved.items():
        yield f"{path}[{index}]: is {shown(actual[index])}, which is expected at [{home}]: moved"
    found = set(moved.values())
    for here, there in blocks:
        kept = [index for index in here if index not in moved], [index for index in there if index not in found]
        yield from _matched(actual, expected, *kept, frame, path)


def _blocks(one: list[object], other: list[object]) -> list[tuple[list[int], list[int]]]:
    """The places that differ: by position, or with what was put in and taken out aligned where that says less."""
    shared = min(len(one), len(other))
    places = [place for place in range(shared) if one[place] != other[place]]
    by_place = [([*places, *range(shared, len(one))], [*places, *range(shared, len(other))])]
    if max(len(one), len(other)) > _MOST_ALIGNED or _repeats(other):
        return by_place
    opcodes = SequenceMatcher(None, cast(Sequence[Hashable], one), cast(Sequence[Hashable], other), False).get_opcodes()
    aligned = [(list(range(a, b)), list(range(c, d))) for tag, a, b, c, d in opcodes if tag != "equal"]
    return aligned if _extent(aligned) < _extent(by_place) else by_place


def _extent(blocks: list[tuple[list[int], list[int]]]) -> int:
    return sum(max(len(here), len(there)) for here, there in blocks)


def _moved(one: list[object], other: list[object], left: set[int], right: set[int]) -> dict[int, int]:
    """Places of elements that are there once, but elsewhere than expected."""
    here, there = Counter(one), Counter(other)
    homes = {other[index]: index for index in right if there[other[index]] == 1}
    return {index: homes[one[index]] for index in sorted(left) if here[one[index]] == 1 and one[index] in homes}


def _repeats(marks: list[object]) -> bool:
    """Tell whether an element is there so often that aligning would take long."""
    return max(Counter(marks).values(), default=0) > _MOST_REPEATED


def _matched(
    actual: list[object], expected: list[object], left: list[int], right: list[int], frame: Frame, path: str
) -> Iterator[str]:
    for index, home in zip_longest(left, right):
        if index is None:
            yield f"{path}[{home}]: is missing, expected {shown(expected[home])}"
        elif home is None:
            yield f"{path}[{index}]: is {shown(actual[index])}, not expected"
        else:
            yield from difference(actual[index], expected[home], frame, f"{path}[{index}]")
