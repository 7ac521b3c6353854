"""Lines of NAME=VALUE, as `.env` files have them."""

import re
from collections.abc import Sequence
from typing import NamedTuple

_BEGIN = re.compile(r"(?:export[ \t]+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*", re.ASCII)
_QUOTED = re.compile(r"""(?P<quote>['"])(?P<text>(?:(?!(?P=quote)).)*)(?P=quote)[ \t]*(?:#.*)?""", re.DOTALL)
_COMMENT = re.compile(r"(?:^|\s+)#")


class Entry(NamedTuple):
    """A value, and the number of the line that it begins in."""

    value: str
    line: int


class DotenvError(ValueError):
    """A line that is none of those that are understood; the message has its number, never its text."""


def read_dotenv(text: str) -> dict[str, Entry]:
    """Read NAME=VALUE lines; `export`, quotes around a value, comments and empty lines are understood.

    A value is taken as it is written: no escapes, no references to others. One in quotes may have several lines.
    Of a name that is given twice the last counts.

    Raises:
        DotenvError: a line is none of these.
    """
    found: dict[str, Entry] = {}
    lines = text.removeprefix("\ufeff").splitlines()
    at = 0
    while at < len(lines):
        stripped, number = lines[at].strip(), at + 1
        at += 1
        if not stripped or stripped.startswith("#"):
            continue
        begin = _BEGIN.match(stripped)
        if begin is None:
            raise DotenvError(f"line {number} is not KEY=VALUE")
        written = stripped[begin.end() :]
        more = _lines_of(written, lines[at:], number)
        found[begin["name"]] = Entry(_value("\n".join([written, *lines[at : at + more]]), number), number)
        at += more
    return found


def _lines_of(written: str, following: Sequence[str], number: int) -> int:
    """Return how many lines a value takes beyond its first: up to the one that closes its quote."""
    quote = written[:1]
    if quote not in ("'", '"') or written.count(quote) > 1:
        return 0
    for count, line in enumerate(following, start=1):
        if quote in line:
            return count
    raise DotenvError(f"line {number} has a quote that is not closed")


def _value(written: str, number: int) -> str:
    quoted = _QUOTED.fullmatch(written.rstrip())
    if quoted is not None:
        return quoted["text"]
    if "\n" in written:
        raise DotenvError(f"line {number} has a quote that is not closed")
    if len(written) > 1 and written[0] == written[-1] and written[0] in ("'", '"'):
        return written[1:-1]
    return _COMMENT.split(written, maxsplit=1)[0].rstrip()
