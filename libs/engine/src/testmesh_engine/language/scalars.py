"""Plain scalars by the core schema of YAML 1.2.

Only `true` and `false` are booleans: `yes`, `no`, `on` and `off` stay text, as do dates and `12:30:00`.
"""

import re

from testmesh_engine.language.limits import MAX_INTEGER_DIGITS
from testmesh_engine.language.nodes import Scalar

_WORDS: dict[str, Scalar] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_DECIMAL = re.compile(r"[-+]?[0-9]+", re.ASCII)
_OCTAL = re.compile(r"0o[0-7]+", re.ASCII)
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_INFINITE = re.compile(r"(?:[-+]?\.(?:inf|Inf|INF))|\.(?:nan|NaN|NAN)", re.ASCII)


class NumberTooLongError(ValueError):
    """A number with more digits than any system under test can mean."""

    code = "TM119"


def read_plain(text: str) -> Scalar:
    """Return the value of an unquoted scalar.

    Raises:
        NumberTooLongError: it is a number of more than 300 digits.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if len(text) > MAX_INTEGER_DIGITS and any(form.fullmatch(text) for form in (_FLOAT, _OCTAL, _HEXADECIMAL)):
        raise NumberTooLongError(f"a number of {len(text)} digits; put it in quotes if it is text")
    if _DECIMAL.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return _unusual(text)


def _unusual(text: str) -> Scalar:
    if _OCTAL.fullmatch(text):
        return int(text, 0)
    if _HEXADECIMAL.fullmatch(text):
        return int(text, 0)
    if _INFINITE.fullmatch(text):
        return float(text.lower().replace(".", ""))
    return text
