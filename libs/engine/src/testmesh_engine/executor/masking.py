"""Secrets, taken out of all that is told: raw, percent-encoded, JSON-escaped, hex, base64."""

import base64
import json
import re
import string
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_plus, unquote

MASK = "***"
_SHORTEST_PART = 4
"""A shorter secret is masked where it is a whole value or a whole word: inside words it would be by chance."""
_LONGEST_IN_URL = 512
"""A longer secret is found in a URL as the usual libraries write it, and by its lines."""
_LEVELS_OF_JSON = 3
_IN_URL = 12
"""How many signs one sign takes at most where it is percent-encoded."""
_OF_MARKUP = re.compile("[&<>]")
CUT = "…"
"""What stands behind a text that was cut; the beginning of a secret before it is as secret as the whole."""
_LONGEST_CUT = 64 * 1024
"""Texts that are cut are messages; what is longer is a body, given whole."""
_BASE64 = frozenset(string.ascii_letters + string.digits + "+/-_")
_ESCAPE = re.compile("%[0-9A-F]{2}")
_LEFT_IN_PATHS = "/@:!$'()*,+&;="
_LEFT_IN_QUERIES = "/@:!$'()*,? "


class Mask:
    """Knows the secrets of one run, and finds them in texts by their value."""

    def __init__(self) -> None:
        self._parts: set[str] = set()
        self._wholes: set[str] = set()
        self._encoded: dict[str, tuple[bool, bool]] = {}
        """Of parts in base64: whether the sign before them, and the one behind, holds bits of the secret too."""
        self._words: set[str] = set()
        self._in_urls: set[str] = set()
        """Patterns, not texts."""
        self._pattern: re.Pattern[str] | None = None
        self._in_url_pattern: re.Pattern[str] | None = None

    def add(self, value: Any) -> None:
        """Treat a value as secret from here on; of a list or a map, everything in it."""
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list | tuple):
            for item in value:
                self.add(item)
        elif value is not None and not isinstance(value, bool):
            self._add_text(value if isinstance(value, str) else str(value))

    def _add_text(self, text: str) -> None:
        if not text or text in self._wholes:
            return
        self._wholes.add(text)
        lines = [line for line in map(str.strip, text.splitlines()) if len(line) >= 2 * _SHORTEST_PART]
        self._pattern = self._in_url_pattern = None
        if len(text) < _SHORTEST_PART:
            self._words |= _in_texts(text) if any(map(str.isalnum, text)) else set()
            return
        for whole in (text, unquote(text)):
            self._parts |= _spellings(whole)
            self._in_urls |= _in_any_url(whole)
        self._encoded |= dict(_in_base64(text.encode("utf-8", "surrogatepass")))
        self._parts |= self._encoded.keys() | {spelling for line in lines for spelling in _in_texts(line)}

    def _compiled(self, in_url: bool) -> re.Pattern[str]:
        """Return what finds the secrets; texts without a percent-encoded sign are spared the longer of the two."""
        known = self._in_url_pattern if in_url else self._pattern
        if known is not None:
            return known
        ways = [re.escape(part) for part in sorted(self._parts, key=len, reverse=True)]
        ways += sorted(self._in_urls, key=len, reverse=True) if in_url else []
        ways += [_as_a_word(word) for word in sorted(self._words, key=len, reverse=True)]
        compiled = re.compile("|".join(ways) or "(?!)")
        if in_url:
            self._in_url_pattern = compiled
        else:
            self._pattern = compiled
        return compiled

    def __bool__(self) -> bool:
        return bool(self._wholes)

    def text(self, text: str) -> str:
        if text in self._wholes:
            return MASK
        if not self._wholes:
            return text
        pattern = self._compiled(in_url="%" in text or "+" in text)
        return self._without_secrets(self._without_beginnings(text) if CUT in text else text, pattern)

    def _without_secrets(self, text: str, pattern: re.Pattern[str]) -> str:
        pieces, told = [], 0
        for found in pattern.finditer(text):
            start, end = found.span()
            mixed = self._encoded.get(found[0])
            if mixed is not None:
                start, end = _with_mixed(text, max(start, told), end, mixed)
            pieces += [text[told:start], MASK]
            told = max(end, told)
        return "".join([*pieces, text[told:]]) if pieces else text

    def _without_beginnings(self, text: str) -> str:
        parts = [part for part in self._parts if part[:_SHORTEST_PART] in text] if len(text) <= _LONGEST_CUT else []
        if not parts:
            return text
        *pieces, rest = text.split(CUT)
        return "".join(f"{_without_beginning(piece, parts)}{CUT}" for piece in pieces) + rest

    def cut(self, text: str) -> tuple[str, str]:
        """Mask the beginning of a text that goes on; return with it the rest, in which a secret may have begun."""
        longest = max((*map(len, self._parts), *(_IN_URL * len(whole) for whole in self._wholes)), default=0)
        cut = len(text) - longest - len(MASK)
        if cut <= 0:
            return "", text
        for found in self._compiled(in_url=True).finditer(text):
            start, end = found.span()
            if start > cut:
                break
            if end + len(MASK) > cut:  # with it goes what stands beside it in base64, up to the padding
                cut = max(0, start - 1)
                break
        return self.text(text[:cut]), text[cut:]

    def data(self, data: bytes) -> bytes:
        """Mask a file where it is text; other bytes are given back as they are."""
        try:
            return self.text(data.decode()).encode() if self else data
        except UnicodeError:
            return data

    def hides(self, number: float) -> bool:
        """Say whether a number is a secret."""
        return str(number) in self._wholes


def _without_beginning(text: str, parts: list[str]) -> str:
    """Mask the longest beginning of a secret that a text ends with."""
    start = len(text)
    for part in parts:
        found = text.find(part[:_SHORTEST_PART], max(0, len(text) - len(part)), start + _SHORTEST_PART)
        while 0 <= found < start:
            if part.startswith(text[found:]):
                start = found
            found = text.find(part[:_SHORTEST_PART], found + 1, start + _SHORTEST_PART)
    return text if start == len(text) else text[:start] + MASK


def _with_mixed(text: str, start: int, end: int, mixed: tuple[bool, bool]) -> tuple[int, int]:
    """Widen a place in base64 by the signs that hold bits of the secret beside others, and by the padding."""
    before, behind = mixed
    if before and text[start - 1 : start] in _BASE64:
        start -= 1
    if behind and text[end : end + 1] in _BASE64:
        end += 1
    while behind and text[end : end + 1] == "=":
        end += 1
    return start, end


def _spellings(text: str) -> set[str]:
    raw = text.encode("utf-8", "surrogatepass")
    found = {raw.hex(), raw.hex().upper(), *_in_texts(text)}
    return {spelling for spelling in found if len(spelling) >= _SHORTEST_PART}


def _in_texts(text: str) -> set[str]:
    raw = text.encode("utf-8", "surrogatepass")
    in_query = quote(raw, safe=_LEFT_IN_QUERIES).replace(" ", "+")
    quoted = {quote(raw, safe=""), quote(raw), quote_plus(raw), quote(raw, safe=_LEFT_IN_PATHS), in_query}
    quoted |= {_ESCAPE.sub(lambda escape: escape[0].lower(), spelling) for spelling in quoted}
    return {text, *quoted, *_in_json(text)}


def _in_json(text: str) -> set[str]:
    """Return how a text stands in JSON, and in JSON that is a text in JSON; as Python, JavaScript, Go and PHP do it."""
    found: set[str] = set()
    level = {text}
    for _ in range(_LEVELS_OF_JSON):
        level = {json.dumps(inner, ensure_ascii=ascii_)[1:-1] for inner in level for ascii_ in (True, False)}
        level |= {_OF_MARKUP.sub(lambda sign: f"\\u{ord(sign[0]):04x}", inner) for inner in level}
        level |= {inner.replace("/", "\\/") for inner in level}
        found |= level
    return found


def _as_a_word(text: str) -> str:
    """Return a pattern of a text beside which no word goes on; the letters of an escape before it are not a word's.

    It begins with the text's own first sign, so that the search skips whatever begins with another.
    """
    first, rest = re.escape(text[0]), re.escape(text[1:])
    return rf"{first}(?:(?<!\w{first})|(?<=\\[bfnrt]{first})|(?<=%[0-9A-Fa-f]{{2}}{first})){rest}(?!\w)"


def _in_any_url(text: str) -> set[str]:
    """Return patterns that find a text whichever of its signs are percent-encoded."""
    if not _SHORTEST_PART <= len(text) <= _LONGEST_IN_URL:
        return set()
    first, *others = [_signs_in_url(sign) for sign in text]
    rest = "".join(f"(?:{'|'.join(ways)})" for ways in others)
    return {way + rest for way in first}


def _signs_in_url(sign: str) -> list[str]:
    encoded = "".join(
        f"%{''.join(f'[{digit}{digit.upper()}]' if digit.isalpha() else digit for digit in f'{byte:02x}')}"
        for byte in sign.encode("utf-8", "surrogatepass")
    )
    return [re.escape(sign), encoded, *([r"\+"] if sign == " " else [])]


def _in_base64(raw: bytes) -> Iterator[tuple[str, tuple[bool, bool]]]:
    """Yield what base64 makes of bytes wherever they stand in a longer whole, without the signs that others share."""
    for shift in range(3):
        shared = (shift + len(raw)) % 3 != 0
        encoded = base64.b64encode(b"\0" * shift + raw).decode().rstrip("=")
        own = encoded[(0, 2, 3)[shift] : len(encoded) - shared]
        for spelling in (own, own.replace("+", "-").replace("/", "_"), quote(own, safe="")):
            if len(spelling) >= _SHORTEST_PART:
                yield spelling, (shift > 0, shared)
