"""JSON as a client may send it: strict where a reader of loose JSON would change what was meant.

A key that is given twice, NaN, an infinite number, U+0000 and lone surrogates are refused: the first
would lose half of what was written, the others no database can keep.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from testmesh_api.errors import BodyUnreadableError, Fault, RequestInvalidError

MAX_DEPTH = 64
MAX_DIGITS = 300
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class _RefusedError(ValueError):
    """A value that JSON has no place for."""


def read_json(body: bytes) -> Any:
    """Return the value of a body.

    Raises:
        BodyUnreadableError: it is no JSON in UTF-8, or a value in it cannot be kept.
        RequestInvalidError: a text in it cannot be kept; the fault points at it.
    """
    try:
        value = json.loads(
            body.decode(),
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_bounded,
        )
    except json.JSONDecodeError as error:
        raise BodyUnreadableError(error.msg, error.lineno, error.colno) from error
    except UnicodeDecodeError as error:
        raise BodyUnreadableError(f"byte {error.start} is not UTF-8") from error
    except RecursionError as error:
        raise BodyUnreadableError(f"it is nested deeper than {MAX_DEPTH}") from error
    except _RefusedError as error:
        raise BodyUnreadableError(str(error)) from error
    if fault := unstorable(value):
        raise RequestInvalidError([fault])
    return value


def unstorable(value: Any, pointer: str = "", depth: int = 0) -> Fault | None:
    """Return the first thing in a value that no database can keep, None where all is well."""
    if isinstance(value, str):
        if _UNSTORABLE.search(value):
            return Fault(pointer, "a text with U+0000 or half of a surrogate pair cannot be kept", "text_not_storable")
    elif isinstance(value, float):
        if not math.isfinite(value):
            return Fault(pointer, "a number that is not finite cannot be kept", "number_not_storable")
    elif isinstance(value, dict | list):
        if depth == MAX_DEPTH:
            return Fault(pointer, f"nested deeper than {MAX_DEPTH}", "too_deep")
        return _unstorable_member(value, pointer, depth + 1)
    return None


def _unstorable_member(value: dict[str, Any] | list[Any], pointer: str, depth: int) -> Fault | None:
    pairs: Iterable[tuple[object, Any]] = enumerate(value) if isinstance(value, list) else value.items()
    for key, member in pairs:
        if isinstance(key, str) and _UNSTORABLE.search(key):
            return Fault(pointer, "a key with U+0000 or half of a surrogate pair cannot be kept", "text_not_storable")
        if type(member) not in _HARMLESS and (fault := unstorable(member, f"{pointer}/{_escaped(key)}", depth)):
            return fault
    return None


_HARMLESS = frozenset((int, bool, type(None)))


def _escaped(key: object) -> str:
    return str(key).replace("~", "~0").replace("/", "~1")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        times = Counter(name for name, _ in pairs)
        twice = next(name for name, number in times.items() if number > 1)
        raise _RefusedError(f"the key {twice[:100]!r} is given twice in one object")
    return found


def _no_constant(text: str) -> float:
    raise _RefusedError(f"{text} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _RefusedError(f"the number {text[:40]} is too large")
    return number


def _bounded(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise _RefusedError(f"a number of {len(text)} digits is too large; send it as text")
    return int(text)
