"""SQL in pieces, as far as parameters ask for: what is quoted or a comment is one piece, whatever stands in it."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from testmesh_engine.database.dsn import Kind

PARAMETERS = frozenset(("numbered", "question", "named"))


class Token(NamedTuple):
    """A piece of a query. `kind` is quoted, comment, space, numbered, question, doubled, named, word, or other."""

    kind: str
    start: int
    text: str


_COMMON = r"""
    |(?P<space>\s+)
    |(?P<cast>::)
    |(?P<named>:[^\W\d]\w*)
    |(?P<numbered>\$\d+)
    |(?P<doubled>\?\?)
    |(?P<question>\?)
    |(?P<word>[^\W\d][\w$]*)
    |(?P<number>\d[\w.]*)
    |(?P<other>.)
"""
_BLOCK = r"/\*(?:[^*]|\*(?!/))*(?:\*/|\Z)"
_PLAIN = r"'[^']*(?:'|\Z)"
"""A quote that is doubled inside a text looks like two texts side by side, which comes to the same here."""
_ESCAPED = r"'(?:[^'\\]|\\.)*(?:'|\\?\Z)"
_IDENTIFIER = r'"[^"]*(?:"|\Z)'


def _pieces(quoted: str, comment: str) -> re.Pattern[str]:
    return re.compile(rf"(?P<quoted>{quoted})|(?P<comment>{comment})" + _COMMON, re.DOTALL | re.VERBOSE)


_PIECES: Final[dict[Kind, re.Pattern[str]]] = {
    "postgresql": _pieces(
        rf"[eE]{_ESCAPED}|{_PLAIN}|{_IDENTIFIER}|\$(?P<tag>(?:[^\W\d]\w*)?)\$.*?(?:\$(?P=tag)\$|\Z)",
        r"--[^\n]*|/\*",
    ),
    "mysql": _pieces(
        rf'{_ESCAPED}|"(?:[^"\\]|\\.)*(?:"|\\?\Z)|`[^`]*(?:`|\Z)', rf"--(?=\s|\Z)[^\n]*|\#[^\n]*|{_BLOCK}"
    ),
    "sqlite": _pieces(rf"{_PLAIN}|{_IDENTIFIER}|`[^`]*(?:`|\Z)|\[[^\]]*(?:\]|\Z)", rf"--[^\n]*|{_BLOCK}"),
}
_EDGE_OF_COMMENT = re.compile(r"/\*|\*/")


def tokens_of(query: str, kind: Kind) -> Iterator[Token]:
    """Yield the pieces of a query in order; together they are the query."""
    pieces, at = _PIECES[kind], 0
    while at < len(query):
        found = pieces.match(query, at)
        if found is None or found.lastgroup is None:
            raise ValueError(f"no piece of SQL begins at {at}")
        name = _group(found)
        end = found.end()
        if name == "comment" and kind == "postgresql" and found[0] == "/*":
            end = _end_of_nested(query, at)
        yield Token(name, at, query[at:end])
        at = end


def _group(found: re.Match[str]) -> str:
    """Return the piece's kind; a tag of a dollar quote is a group inside another."""
    name = found.lastgroup or "other"
    return "quoted" if name == "tag" else name


def _end_of_nested(query: str, start: int) -> int:
    """Return where a comment ends that may hold others."""
    depth = 0
    for edge in _EDGE_OF_COMMENT.finditer(query, start):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(query)
