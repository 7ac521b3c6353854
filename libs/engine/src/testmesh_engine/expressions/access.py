"""Members, indexes and slices of maps and lists: keys only, never an attribute."""

from collections.abc import Mapping
from enum import Enum
from typing import cast

from testmesh_engine.expressions.errors import (
    MissingKeyError,
    TypeMismatchError,
    UnknownNameError,
    known_names,
    nearest,
)
from testmesh_engine.expressions.frames import Frame
from testmesh_engine.expressions.syntax import Node, render
from testmesh_engine.expressions.values import described


class Absence(Enum):
    """What becomes of a key that is not there."""

    ERROR = "an explained failure"
    NIL = "nil, if it is the last key (a comparison with nil itself)"
    OPTIONAL = "nil, also where what should have it is nil (`?.` and `??`)"


_MAX_SHOWN = 60
_LENGTHS = frozenset(("length", "size", "count", "len"))
"""What other languages call the number of elements."""


def _path(node: Node) -> str:
    text = render(node)
    return text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…"


def read_key(base: object, key: str, absence: Absence, node: Node) -> object:
    """The value under a key; `node` is what gave the base, for messages."""
    if isinstance(base, dict | Mapping):
        if key in base:
            return base[key]
        withheld = getattr(base, "why_withheld", None)
        if withheld is not None and (why := withheld(key)) is not None:
            # Not absent, but out of reach: a default in its place would hide that.
            raise UnknownNameError(why)
        if absence is Absence.ERROR:
            hint = nearest(key, base)
            raise MissingKeyError(f"`{_path(node)}` has no key `{key}`; {known_names(base)}.{hint}")
        return None
    if base is None:
        return _read_nil(f"key `{key}`", absence, node)
    remedy = "; an element is read by its index, as in `[0]`" if isinstance(base, list | tuple) else ""
    if key in _LENGTHS and isinstance(base, list | tuple | str):
        remedy = f"; use len({_path(node)})"
    raise TypeMismatchError(f"`{_path(node)}` is {described(base)}, which has no key `{key}`{remedy}")


def read_index(base: object, index: object, absence: Absence, node: Node) -> object:
    """The value at an index: a key of a map, a place in a list or a text."""
    if isinstance(index, str):
        return read_key(base, index, absence, node)
    if not isinstance(index, int) or isinstance(index, bool):
        raise TypeMismatchError(f"an index is a whole number or a string, not {described(index)}")
    if isinstance(base, list | tuple | str):
        if -len(base) <= index < len(base):
            return base[index]
        if absence is Absence.OPTIONAL:
            return None
        raise MissingKeyError(f"`{_path(node)}` has no element {index}; there are {len(base)}")
    if base is None:
        return _read_nil(f"element {index}", absence, node)
    raise TypeMismatchError(f"`{_path(node)}` is {described(base)}, which has no element {index}")


def read_slice(base: object, start: object, stop: object, frame: Frame, node: Node) -> object:
    """A part of a list or of a text; ends beyond it are its ends."""
    for end in (start, stop):
        if end is not None and (not isinstance(end, int) or isinstance(end, bool)):
            raise TypeMismatchError(f"a slice goes between whole numbers, not {described(end)}")
    if not isinstance(base, list | tuple | str):
        raise TypeMismatchError(f"`{_path(node)}` is {described(base)}, which cannot be sliced")
    part = base[cast("int | None", start) : cast("int | None", stop)]
    if isinstance(part, str):
        frame.admit_text(len(part))
        return part
    frame.admit_items(len(part))
    return list(part)


def _read_nil(wanted: str, absence: Absence, node: Node) -> object:
    if absence is Absence.OPTIONAL:
        return None
    raise MissingKeyError(f"`{_path(node)}` is nil, so it has no {wanted}; `?.` allows for that")
