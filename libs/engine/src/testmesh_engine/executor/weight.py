"""How large a value is once its references are written out: what is kept must be small enough to be written.

Values share what they hold, so that a few steps of an expression make a list of lists with more elements than
any record, comparison or request body could ever spell out.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from testmesh_engine.expressions import LimitExceededError

MOST_ELEMENTS = 1_000_000
"""Elements, at all depths, of a value that is kept; a text counts as one for each `TEXT_PER_ELEMENT` characters."""
TEXT_PER_ELEMENT = 64

_SINGLE = frozenset({int, float, bool, type(None)})

V = TypeVar("V")


def bounded(value: V) -> V:
    """Return a value that may be kept: a variable, a step's config, an output.

    Raises:
        LimitExceededError: it is too large; its pointer names the key under which it grew beyond the bound.
    """
    left = MOST_ELEMENTS
    members: Iterable[tuple[str, Any]] = value.items() if isinstance(value, dict) else (("", value),)
    for key, member in members:
        left -= _elements(member, left)
        if left < 0:
            error = LimitExceededError(
                f"the value has more than {MOST_ELEMENTS:,} elements with all that it holds; keep a part of it"
            )
            error.pointer = f"/{key}" if key else ""
            raise error
    return value


def text_elements(text: str | bytes | bytearray) -> int:
    """Return how many elements a text counts as."""
    return len(text) // TEXT_PER_ELEMENT


def _elements(value: Any, most: int) -> int:
    """Count the elements of a value, up to the first beyond `most`."""
    found, waiting = 1, [value]
    while waiting and found <= most:
        one = waiting.pop()
        if isinstance(one, str | bytes | bytearray):
            found += text_elements(one)
        elif isinstance(one, Mapping):
            found += len(one)
            if found <= most:
                waiting += [member for member in one.values() if type(member) not in _SINGLE]
        elif isinstance(one, list | tuple | set | frozenset):
            found += len(one)
            if found <= most:
                waiting += [member for member in one if type(member) not in _SINGLE]
    return found
