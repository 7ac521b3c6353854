"""Which bytes of a file are asked for: `Range` and its conditions, as RFC 9110 has them."""

import re
from dataclasses import dataclass

_BYTES = re.compile(r"bytes=[ \t]*(?:(\d{1,20})-(\d{1,20})?|-(\d{1,20}))[ \t]*", re.ASCII | re.IGNORECASE)
_TAG = re.compile(r'(?:W/)?"[^"]*"')


class RangeUnsatisfiableError(Exception):
    """No byte of the file is in the range."""


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes from `start` to before `end` of a file."""

    start: int
    end: int

    def of(self, size: int) -> str:
        """Return what Content-Range says."""
        return f"bytes {self.start}-{self.end - 1}/{size}"


def requested(asked: str | None, if_range: str | None, tag: str, size: int) -> Span | None:
    """Return the one range that is asked for; None where the whole file is to be sent.

    So it is for what is no range of bytes, and for several ranges: a server may ignore these, and a client that
    wants more than one asks more than once. A file that has changed since is sent as a whole, too.

    Raises:
        RangeUnsatisfiableError: the file ends before it.
    """
    found = None if asked is None else _BYTES.fullmatch(asked.strip())
    if found is None or (if_range is not None and if_range.strip() != tag):
        return None
    first, last, suffix = (None if part is None else int(part) for part in found.groups())
    if suffix is not None:
        if suffix == 0 or size == 0:
            raise RangeUnsatisfiableError
        return Span(max(0, size - suffix), size)
    assert first is not None
    if last is not None and last < first:
        return None
    if first >= size:
        raise RangeUnsatisfiableError
    return Span(first, size if last is None else min(last + 1, size))


def is_known(if_none_match: str | None, tag: str) -> bool:
    """Say whether the client has the file already."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or tag in {found.removeprefix("W/") for found in _TAG.findall(if_none_match)}
