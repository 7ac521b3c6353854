"""Why two values differ, where that is certain."""

import json
from collections.abc import Mapping
from decimal import Decimal

from testmesh_engine.expressions.errors import LimitExceededError, TypeMismatchError
from testmesh_engine.expressions.frames import Frame
from testmesh_engine.expressions.values import Number, equal, exact, is_nan, is_number, kind, shown

_NEAR = 1e-9
_MAX_JSON = 10_000
_SHOWN = 60


def cause(actual: object, expected: object, name: str = "") -> str:
    """A sentence for the author, or nothing; `name` is how the expression spells the actual value."""
    spelled = name or "the value"
    if is_nan(actual) or is_nan(expected):
        return "NaN is no number, and equals nothing, not even itself"
    if isinstance(actual, str) and isinstance(expected, str):
        return _of_texts(actual, expected, name)
    if is_number(actual) and is_number(expected):
        return _of_numbers(actual, expected, spelled)  # type: ignore[arg-type]  # just asked
    if actual is None or expected is None:
        return "" if actual is not None else f"{spelled} is nil: it is there, and has no value"
    for scalar, text in ((actual, expected), (expected, actual)):
        if isinstance(text, str) and (is_number(scalar) or isinstance(scalar, bool)) and shown(scalar) == text.strip():
            return _of_text_and(scalar, shown(text, _SHOWN), actual is text, spelled)
    return _of_containers(actual, expected, spelled)


def _of_texts(actual: str, expected: str, name: str) -> str:
    if actual.strip() == expected.strip():
        return f"they differ in whitespace at the ends alone{_made_equal('trim', actual, expected, name)}"
    if actual.casefold() == expected.casefold():
        function = "upper" if "upper(" in name else "lower"
        return f"they differ in upper and lower case alone{_made_equal(function, actual, expected, name)}"
    if actual.replace("\r\n", "\n") == expected.replace("\r\n", "\n"):
        return 'they differ in line ends alone ("\\r\\n" and "\\n")'
    return ""


def _made_equal(function: str, actual: str, expected: str, name: str) -> str:
    """How a function makes both texts equal; where it is there already, the expected text is what is to change."""
    if not name:
        return ""
    if f"{function}(" in name:
        return f": expect {shown(actual, _SHOWN)}, as {function}() gives it"
    made = expected.lower() if function == "lower" else expected.strip()
    return f": use {function}({name})" + ("" if made == expected else f" and expect {shown(made, _SHOWN)}")


def _of_numbers(actual: Number, expected: Number, spelled: str) -> str:
    one, other = exact(actual), exact(expected)
    if not (isinstance(actual, float) or isinstance(expected, float)):
        return ""
    difference = abs(float(one) - float(other))
    if 0 < difference <= _NEAR * max(abs(float(one)), abs(float(other))):
        return f"they differ by rounding alone: use approx({spelled}, {shown(expected)}, 0.001)"
    return ""


def apart(actual: Number, expected: Number) -> str:
    """How much more or less one number is than another; nothing where that cannot be told."""
    if is_nan(actual) or is_nan(expected):
        return ""
    try:
        gap = exact(actual) - exact(expected)  # type: ignore[operator]  # floats are decimals here
        size = format(abs(gap).normalize(), "f") if isinstance(gap, Decimal) else str(abs(gap))
    except (ArithmeticError, ValueError):
        return ""
    return f"{size} {'more' if gap > 0 else 'less'}" if gap and len(size) <= _SHOWN else ""


def _of_text_and(scalar: object, text: str, actual_is_text: bool, spelled: str) -> str:
    said = f"{text} is a string, {shown(scalar)} is a {kind(scalar)}"
    if not actual_is_text:
        return f"{said}: compare with {shown(scalar)}, or use string({spelled})"
    if isinstance(scalar, bool):
        return f"{said}: compare with {text}"
    return f"{said}: use {'int' if isinstance(scalar, int) else 'float'}({spelled})"


def _of_containers(actual: object, expected: object, spelled: str) -> str:
    if isinstance(actual, list | tuple) and len(actual) == 1 and _same(actual[0], expected):
        return f"{spelled} is a list of one: use {spelled}[0]"
    if isinstance(expected, list | tuple) and len(expected) == 1 and _same(actual, expected[0]):
        return "a list of one is expected: compare with its element"
    if isinstance(actual, str) and isinstance(expected, Mapping | list | tuple) and len(actual) <= _MAX_JSON:
        try:
            read = json.loads(actual)
        except (ValueError, RecursionError):
            return ""
        if kind(read) == kind(expected):
            return f"{spelled} is JSON in a string: use from_json({spelled})"
    return ""


def _same(one: object, other: object) -> bool:
    try:
        return equal(one, other, Frame({}, steps=5_000))
    except (LimitExceededError, TypeMismatchError):
        return False
