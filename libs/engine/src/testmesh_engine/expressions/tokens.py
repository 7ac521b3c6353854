"""Cuts an expression's text into tokens, each with its place."""

import re
from typing import NamedTuple

from testmesh_engine.expressions.errors import TOO_LARGE, UNREADABLE, ExpressionSyntaxError
from testmesh_engine.expressions.limits import MAX_BITS, MAX_DIGITS, MAX_SOURCE

_PATTERN = re.compile(
    r"""(?P<blank>\s+)
    |(?P<default>(?:\$\{|\{\{)\s*[^\W\d]\w*\s*:-)
    |(?P<number>0[xX]_*[0-9a-fA-F][0-9a-fA-F_]*|(?:[0-9][0-9_]*(?:\.[0-9][0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?)
    |(?P<word>[^\W\d]\w*)
    |(?P<quote>["'`])
    |(?P<operator>\$\{|\?\.(?![0-9])|\?\?|\.\.|\*\*|==|!=|<=|>=|&&|\|\||[-+*/%^<>!?:,.()\[\]{}|\#])
    """,
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "\\": "\\", '"': '"', "'": "'", "/": "/"}
_FOREIGN = {"===": "==", "!==": "!=", "=>": ">=", "=<": "<=", "<>": "!="}
"""Operators of other languages, which mean nothing here, and this language's own."""
_UNICODE = re.compile(r"u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})")


class Token(NamedTuple):
    """One word of the language: `kind` is number, text, raw, word, operator, default or end."""

    kind: str
    text: str
    offset: int
    end: int
    value: object = None


def tokenize(text: str, start: int = 0, *, until_closed: bool = False) -> list[Token]:
    """Return the tokens from `start`: all, or those up to where the first brace is closed again."""
    tokens: list[Token] = []
    position, depth = start, 0
    while position < len(text):
        if position - start > MAX_SOURCE:
            raise ExpressionSyntaxError(TOO_LARGE, f"an expression is at most {MAX_SOURCE} characters", start)
        token = _next_token(text, position)
        position = token.end
        if token.kind == "blank":
            continue
        tokens.append(token)
        depth += token.text in ("{", "${")
        depth -= token.text == "}"
        if until_closed and depth <= 0:
            break
    else:
        if until_closed:
            message = "the reference is not closed; a literal `${` is written `$${`, a literal `{{` as `${ '{' + '{' }`"
            raise ExpressionSyntaxError(UNREADABLE, message, start)
    tokens.append(Token("end", "", position, position))
    return tokens


def _next_token(text: str, position: int) -> Token:
    if text[position] in "=!<":
        _refuse_foreign(text, position)
    match = _PATTERN.match(text, position)
    if match is None:
        hint = "; `==` compares" if text[position] == "=" else ""
        raise ExpressionSyntaxError(UNREADABLE, f"`{text[position]}` is no part of the language{hint}", position)
    kind = match.lastgroup or ""
    if kind == "quote":
        return _text_token(text, position)
    if kind == "default":
        return _default_token(text, match)
    value = _number(match.group(), position) if kind == "number" else None
    if kind == "number" and match.end() < len(text) and (text[match.end()].isalnum() or text[match.end()] == "_"):
        raise ExpressionSyntaxError(UNREADABLE, "a number ends where a letter follows it", match.end())
    return Token(kind, match.group(), position, match.end(), value)


def _refuse_foreign(text: str, position: int) -> None:
    for foreign, own in _FOREIGN.items():
        if text.startswith(foreign, position):
            message = f"`{foreign}` is no part of the language; write `{own}`"
            raise ExpressionSyntaxError(UNREADABLE, message, position)


def _number(text: str, offset: int) -> int | float:
    digits = text.replace("_", "")
    number: int | float
    if digits[:2] in ("0x", "0X"):
        number = int(digits, 16)
    elif digits.isdigit():
        number = int(digits) if len(digits) <= MAX_DIGITS else 1 << (MAX_BITS + 1)
    else:
        number = float(digits)
    if number == float("inf") or (isinstance(number, int) and number.bit_length() > MAX_BITS):
        raise ExpressionSyntaxError(TOO_LARGE, f"the number is too large: {MAX_DIGITS} digits are allowed", offset)
    return number


def _default_token(text: str, match: re.Match[str]) -> Token:
    """`${NAME:-text}`: the text up to the closing brace, as it stands; `${ NAME:-text }` is the same."""
    opening = match.group()
    closing = "}" if opening.startswith("${") else "}}"
    end = text.find(closing, match.end())
    fallback = text[match.end() : end]
    if end < 0 or "${" in fallback or "{{" in fallback:
        message = f"a default is plain text up to `{closing}`; for anything else write `name ?? expression`"
        raise ExpressionSyntaxError(UNREADABLE, message, match.start())
    if opening[2].isspace():
        fallback = fallback.rstrip()
    return Token("default", opening[2:-2].strip(), match.start(), end + len(closing), fallback)


def _text_token(text: str, start: int) -> Token:
    quote = text[start]
    if quote == "`":
        end = text.find("`", start + 1)
        if end < 0:
            raise ExpressionSyntaxError(UNREADABLE, "the text is not closed", start)
        return Token("raw", text[start : end + 1], start, end + 1, text[start + 1 : end])
    pieces: list[str] = []
    position = start + 1
    while position < len(text) and text[position] != quote:
        if text[position] == "\\":
            piece, position = _escape(text, position + 1)
        else:
            piece, position = text[position], position + 1
        pieces.append(piece)
    if position >= len(text):
        raise ExpressionSyntaxError(UNREADABLE, "the text is not closed", start)
    return Token("text", text[start : position + 1], start, position + 1, "".join(pieces))


def _escape(text: str, position: int) -> tuple[str, int]:
    letter = text[position : position + 1]
    if letter in _ESCAPES:
        return _ESCAPES[letter], position + 1
    match = _UNICODE.match(text, position)
    if match is None:
        message = f"`\\{letter}` is no escape; write `\\\\{letter}`, or put the text between backticks"
        raise ExpressionSyntaxError(UNREADABLE, message, position - 1)
    code = int(match.group(1) or match.group(2), 16)
    if 0xD800 <= code < 0xDC00 and text[match.end() : match.end() + 1] == "\\":
        low = _UNICODE.match(text, match.end() + 1)
        if low is not None and low.group(1) and 0xDC00 <= int(low.group(1), 16) < 0xE000:
            return chr(0x10000 + ((code - 0xD800) << 10) + int(low.group(1), 16) - 0xDC00), low.end()
    if 0xD800 <= code < 0xE000:
        raise ExpressionSyntaxError(UNREADABLE, "half of a surrogate pair is no character", position - 1)
    return chr(code), match.end()
