"""Words joined by `and`, `or`, `not` and parentheses: what `-t` and `-k` are written in."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from testmesh_cli.errors import UsageError

DEEPEST = 50
LONGEST = 2000
EXAMPLE = "write words joined by and, or, not and parentheses, such as: smoke and not (slow or flaky)"
_TOKEN = re.compile(r"""\s*(?:(?P<sign>[()])|"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<plain>[^\s()"']+))""")
_JOINS = frozenset(("and", "or", "not"))
_FOREIGN = {"!": "not", "&": "and", "|": "or", ",": "or"}


class Word(NamedTuple):
    """A tag, or a part of a name."""

    text: str


class Not(NamedTuple):
    """What does not hold."""

    inner: "Expression"


class And(NamedTuple):
    """Two that both hold."""

    left: "Expression"
    right: "Expression"


class Or(NamedTuple):
    """Two of which one holds, or both."""

    left: "Expression"
    right: "Expression"


Expression = Word | Not | And | Or


class ChoiceSyntaxError(UsageError):
    """An expression that is none; the message shows the place."""

    def __init__(self, option: str, text: str, at: int, wrong: str, hint: str = EXAMPLE) -> None:
        shown = "".join(sign if sign.isprintable() else " " for sign in text)
        super().__init__(f"{option}: {wrong}\n    {shown}\n    {' ' * at}^\n    {hint}")


def holds(expression: Expression, is_true: Callable[[str], bool]) -> bool:
    """Say whether an expression holds, given which of its words do."""
    match expression:
        case Word(text):
            return is_true(text)
        case Not(inner):
            return not holds(inner, is_true)
        case And(left, right):
            return holds(left, is_true) and holds(right, is_true)
        case Or(left, right):
            return holds(left, is_true) or holds(right, is_true)


def words_of(expression: Expression) -> Iterator[str]:
    match expression:
        case Word(text):
            yield text
        case Not(inner):
            yield from words_of(inner)
        case And(left, right) | Or(left, right):
            yield from words_of(left)
            yield from words_of(right)


def written(expression: Expression) -> str:
    """Write an expression so that reading it gives the same one."""
    match expression:
        case Word(text):
            return _quoted(text)
        case Not(inner):
            return f"not {_inside(inner, And, Or)}"
        case And(left, right):
            return f"{_inside(left, Or)} and {_inside(right, Or, And)}"
        case Or(left, right):
            return f"{written(left)} or {_inside(right, Or)}"


def _inside(expression: Expression, *looser: type[Expression]) -> str:
    return f"({written(expression)})" if isinstance(expression, looser) else written(expression)


def _quoted(text: str) -> str:
    plain = _TOKEN.fullmatch(text)
    if plain and plain["plain"] == text and text not in _JOINS and not _FOREIGN.keys() & set(text):
        return text
    return f"'{text}'" if '"' in text else f'"{text}"'


def parse(text: str, option: str) -> Expression:
    """Read an expression.

    Raises:
        ChoiceSyntaxError: it is none.
    """
    if len(text) > LONGEST:
        raise UsageError(f"{option}: {len(text)} characters are more than the {LONGEST} that an expression may have")
    reader = _Reader(text, option)
    found = reader.either(0)
    if reader.token is not None:
        wrong, hint = f"nothing opens the parenthesis {reader.token.text}", EXAMPLE
        if reader.token.text != ")":
            wrong = f"{reader.token.text!r} stands where and, or, or the end belongs"
            lower = reader.token.text.lower()
            hint = f"write {lower} in small letters" if lower in _JOINS else "put a word with spaces in quotes"
        raise reader.fault(wrong, hint)
    return found


class _Token(NamedTuple):
    text: str
    at: int
    is_word: bool


class _Reader:
    def __init__(self, text: str, option: str) -> None:
        self._text = text
        self._option = option
        self._next = 0
        self.token: _Token | None = None
        self._advance()

    def either(self, depth: int) -> Expression:
        found = self._both(depth)
        while self._takes("or"):
            found = Or(found, self._both(depth))
        return found

    def fault(self, wrong: str, hint: str = EXAMPLE) -> ChoiceSyntaxError:
        at = len(self._text.rstrip()) if self.token is None else self.token.at
        return ChoiceSyntaxError(self._option, self._text, at, wrong, hint)

    def _both(self, depth: int) -> Expression:
        found = self._one(depth)
        while self._takes("and"):
            found = And(found, self._one(depth))
        return found

    def _one(self, depth: int) -> Expression:
        if depth > DEEPEST:
            raise self.fault(f"nested deeper than {DEEPEST}")
        if self._takes("not"):
            return Not(self._one(depth + 1))
        if self._takes("("):
            found = self.either(depth + 1)
            if not self._takes(")"):
                raise self.fault("a parenthesis is not closed")
            return found
        token = self.token
        if token is None or not token.is_word:
            raise self.fault("a word is missing here")
        self._advance()
        return Word(token.text)

    def _takes(self, sign: str) -> bool:
        token = self.token
        if token is None or token.is_word or token.text != sign:
            return False
        self._advance()
        return True

    def _advance(self) -> None:
        rest = self._text[self._next :]
        if not rest.strip():
            self.token = None
            return
        found = _TOKEN.match(rest)
        at = self._next + len(rest) - len(rest.lstrip())
        if found is None:
            raise ChoiceSyntaxError(self._option, self._text, at, "a quote is not closed")
        self._next += found.end()
        self.token = self._token(found, at)

    def _token(self, found: re.Match[str], at: int) -> _Token:
        if found["sign"]:
            return _Token(found["sign"], at, is_word=False)
        plain = found["plain"]
        if plain is None:
            text = found["single"] if found["double"] is None else found["double"]
            if not text:
                raise ChoiceSyntaxError(self._option, self._text, at, "an empty word is in everything, or in nothing")
            return _Token(text, at, is_word=True)
        for place, sign in enumerate(plain):
            if sign in _FOREIGN:
                hint = f"write {_FOREIGN[sign]}, or put the word in quotes"
                raise ChoiceSyntaxError(self._option, self._text, at + place, f"{sign} joins nothing", hint)
        return _Token(plain, at, is_word=plain not in _JOINS)
