"""Reads an XPath 1.0 into its tree; ValueError with the place where it is none."""

import re
from typing import NamedTuple

from testmesh_engine.expressions.xpath.axes import AXES
from testmesh_engine.expressions.xpath.functions import FUNCTIONS
from testmesh_engine.expressions.xpath.syntax import (
    Constant,
    Filtered,
    FunctionCall,
    Negative,
    Operation,
    Part,
    Path,
    Step,
    Test,
)

_NAME = r"[^\W\d][\w.\-]*"
_TOKEN = re.compile(
    rf"""\s*(?:(?P<text>"[^"]*"|'[^']*')
    |(?P<number>\d+(?:\.\d*)?|\.\d+)
    |(?P<name>{_NAME}(?::(?!:)(?:{_NAME}|\*))?)
    |(?P<sign>::|//|\.\.|!=|<=|>=|[/@()\[\],|+\-=<>*.]))""",
    re.VERBOSE,
)
_LEVELS = (("or",), ("and",), ("=", "!="), ("<", "<=", ">", ">="), ("+", "-"), ("*", "div", "mod"))
_OPERATORS = frozenset(operator for level in _LEVELS for operator in level) | {"/", "//", "|"}
_BEFORE_OPERAND = _OPERATORS | {"@", "::", "(", "[", ","}
_KINDS = {"node": "node", "text": "text", "comment": "comment", "processing-instruction": "instruction"}
_DESCEND = Step("descendant-or-self", Test("node"))
_MAX_NESTING = 30


class _Token(NamedTuple):
    kind: str
    text: str
    offset: int


def _tokens(path: str) -> list[_Token]:
    tokens: list[_Token] = []
    position, end = 0, len(path.rstrip())
    while position < end:
        match = _TOKEN.match(path, position)
        if match is None:
            raise ValueError(f"`{path[position:].strip()[:1]}` at character {position + 1} is no part of it")
        kind = match.lastgroup or ""
        text = match[kind]
        if tokens and tokens[-1].text not in _BEFORE_OPERAND and (text == "*" or kind == "name"):
            kind = "operator"
        elif text in _OPERATORS and text != "*":
            kind = "operator" if kind == "sign" else kind
        tokens.append(_Token(kind, text, match.start(kind if kind in match.groupdict() else match.lastgroup or 0)))
        position = match.end()
    return [*tokens, _Token("end", "", len(path))]


def parse(path: str) -> Part:
    """Return the tree of a whole path."""
    reader = _Reader(_tokens(path))
    part = reader.expression()
    if reader.ahead.kind != "end":
        raise reader.unexpected()
    return part


class _Reader:
    """Stands at a token; each method reads one form and steps over it."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._position = 0
        self._nesting = 0

    @property
    def ahead(self) -> _Token:
        return self._tokens[self._position]

    def unexpected(self, wanted: str = "") -> ValueError:
        token = self.ahead
        there = f"there is `{token.text[:40]}`" if token.text else "the path ends"
        return ValueError(f"{wanted or 'something else is expected'} at character {token.offset + 1}; {there}")

    def _take(self) -> _Token:
        token = self.ahead
        self._position += token.kind != "end"
        return token

    def _accept(self, *texts: str) -> str:
        if self.ahead.kind in ("sign", "operator") and self.ahead.text in texts:
            return self._take().text
        return ""

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise self.unexpected(f"`{text}` is missing")

    def expression(self) -> Part:
        self._nesting += 1
        if self._nesting > _MAX_NESTING:
            raise ValueError(f"it is nested more than {_MAX_NESTING} deep")
        part = self._level(0)
        self._nesting -= 1
        return part

    def _level(self, level: int) -> Part:
        if level == len(_LEVELS):
            return self._unary()
        left = self._level(level + 1)
        while self.ahead.kind == "operator" and (operator := self._accept(*_LEVELS[level])):
            left = Operation(operator, left, self._level(level + 1))
        return left

    def _unary(self) -> Part:
        signs = 0
        while self._accept("-"):
            signs += 1
        left = self._path()
        while self._accept("|"):
            left = Operation("|", left, self._path())
        return Negative(left) if signs % 2 else left

    def _path(self) -> Part:
        if not self._starts_primary():
            return self._location()
        start = self._primary()
        predicates = self._predicates()
        part = Filtered(start, predicates) if predicates else start
        separator = self._accept("/", "//")
        if not separator:
            return part
        leading = (_DESCEND,) if separator == "//" else ()
        return Path((*leading, *self._steps()), start=part)

    def _starts_primary(self) -> bool:
        token, following = self.ahead, self._tokens[min(self._position + 1, len(self._tokens) - 1)]
        if token.kind in ("text", "number") or token.text == "(":
            return True
        return token.kind == "name" and following.text == "(" and token.text not in _KINDS

    def _primary(self) -> Part:
        token = self._take()
        if token.kind == "text":
            return Constant(token.text[1:-1])
        if token.kind == "number":
            return Constant(float(token.text))
        if token.text == "(":
            part = self.expression()
            self._expect(")")
            return part
        return self._call(token)

    def _call(self, token: _Token) -> Part:
        if token.text not in FUNCTIONS:
            known = ", ".join(sorted(FUNCTIONS))
            raise ValueError(f"there is no function `{token.text}` at character {token.offset + 1}; there are: {known}")
        self._expect("(")
        arguments: list[Part] = []
        while not self._accept(")"):
            if arguments:
                self._expect(",")
            arguments.append(self.expression())
        least, most = FUNCTIONS[token.text].least, FUNCTIONS[token.text].most
        if not least <= len(arguments) <= most:
            raise ValueError(f"{token.text}() takes {least} to {most} arguments, {len(arguments)} are given")
        return FunctionCall(token.text, tuple(arguments))

    def _location(self) -> Part:
        separator = self._accept("/", "//")
        if separator == "/" and not self._starts_step():
            return Path((), absolute=True)
        leading = (_DESCEND,) if separator == "//" else ()
        return Path((*leading, *self._steps()), absolute=bool(separator))

    def _starts_step(self) -> bool:
        return self.ahead.kind == "name" or self.ahead.text in ("@", ".", "..", "*")

    def _steps(self) -> tuple[Step, ...]:
        steps = [self._step()]
        while separator := self._accept("/", "//"):
            if separator == "//":
                steps.append(_DESCEND)
            steps.append(self._step())
        return tuple(steps)

    def _step(self) -> Step:
        if self._accept("."):
            return Step("self", Test("node"))
        if self._accept(".."):
            return Step("parent", Test("node"))
        axis = "attribute" if self._accept("@") else "child"
        if self.ahead.kind == "name" and self._tokens[self._position + 1].text == "::":
            axis = self._take().text
            self._take()
            if axis not in AXES:
                raise ValueError(f"there is no axis `{axis}`; there are: {', '.join(sorted(AXES))}")
        test = self._test("attribute" if axis == "attribute" else "element")
        return Step(axis, test, self._predicates())

    def _test(self, kind: str) -> Test:
        token = self._take()
        if token.text == "*":
            return Test(kind)
        if token.kind != "name":
            self._position -= token.kind != "end"
            raise self.unexpected("a name, `*`, `@` or `.` is expected")
        if token.text in _KINDS and self._accept("("):
            target = self._take().text[1:-1] if self.ahead.kind == "text" else "*"
            self._expect(")")
            return Test(_KINDS[token.text], name=target)
        prefix, _, name = token.text.rpartition(":")
        return Test(kind, prefix, name)

    def _predicates(self) -> tuple[Part, ...]:
        predicates: list[Part] = []
        while self._accept("["):
            predicates.append(self.expression())
            self._expect("]")
        return tuple(predicates)
