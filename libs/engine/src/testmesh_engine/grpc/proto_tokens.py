"""The words of a proto file, each with its place. Knows nothing of protobuf, so that it costs nothing to import."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

Kind = Literal["name", "number", "text", "sign", "end"]

_TOKEN = re.compile(
    r"""(?P<blank>[\s\ufeff]+|//[^\n]*|/\*.*?\*/)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<number>0[xX][0-9a-fA-F]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fF]?)
    |(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<sign>[{}\[\]()<>;,=.:/+-])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|(.))", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


class ProtoError(Exception):
    """A proto file that cannot be read; the message begins with its place."""

    def __init__(self, path: str, line: int, column: int, message: str) -> None:
        super().__init__(f"{path}:{line}:{column}: {message}")


class Token(NamedTuple):
    """One word. `value` of a text is what stands between its quotes, escapes read."""

    kind: Kind
    value: str
    line: int
    column: int

    def __str__(self) -> str:
        return "the end of the file" if self.kind == "end" else f'"{self.value}"'


def tokens(path: str, source: str) -> Iterator[Token]:
    """Yield the words of a source, behind them one of the kind `end`.

    Raises:
        ProtoError: a sign belongs to no word.
    """
    at, line, begin = 0, 1, 0
    while at < len(source):
        found = _TOKEN.match(source, at)
        if found is None:
            raise ProtoError(path, line, at - begin + 1, f"{source[at]!r} begins no word of a proto file")
        text = found.group()
        kind = found.lastgroup
        if kind == "text":
            yield Token("text", _unescaped(text[1:-1]), line, at - begin + 1)
        elif kind != "blank":
            yield Token(kind, text, line, at - begin + 1)  # type: ignore[arg-type]  # the groups are the kinds
        if "\n" in text:
            line += text.count("\n")
            begin = at + text.rindex("\n") + 1
        at = found.end()
    yield Token("end", "", line, at - begin + 1)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_sign, text) if "\\" in text else text


def _sign(found: re.Match[str]) -> str:
    hexadecimal = found[1] or found[2] or found[3]
    if hexadecimal:
        return chr(min(int(hexadecimal, 16), 0x10FFFF))
    if found[4]:
        return chr(int(found[4], 8) & 0xFF)
    return _LETTERS.get(found[5], found[5])
