"""Secrets, taken out of all that is told: raw, URL-encoded, base64, JSON-escaped."""

import base64
import json
import re
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "***"
_SHORTEST_PART = 4
"""A shorter secret is masked where it is a whole value: inside texts it would be everywhere by chance."""
_SHORTEST_ENCODED = 6
CUT = "…"
"""What stands behind a text that was cut; the beginning of a secret before it is as secret as the whole."""
_LONGEST_CUT = 64 * 1024
"""Texts that are cut are messages; what is longer is a body, given whole."""


class Mask:
    """Knows the secrets of one run, and finds them in texts by their value."""

    def __init__(self) -> None:
        self._parts: set[str] = set()
        self._wholes: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

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
        if not text:
            return
        self._wholes.add(text)
        if len(text) >= _SHORTEST_PART:
            self._parts |= _spellings(text)
            longest_first = sorted(self._parts, key=len, reverse=True)
            self._pattern = re.compile("|".join(re.escape(part) for part in longest_first))

    def __bool__(self) -> bool:
        return bool(self._wholes)

    def text(self, text: str) -> str:
        if text in self._wholes:
            return MASK
        if self._pattern is None:
            return text
        return self._pattern.sub(MASK, self._without_beginnings(text) if CUT in text else text)

    def _without_beginnings(self, text: str) -> str:
        parts = [part for part in self._parts if part[:_SHORTEST_PART] in text] if len(text) <= _LONGEST_CUT else []
        if not parts:
            return text
        *pieces, rest = text.split(CUT)
        return "".join(f"{_without_beginning(piece, parts)}{CUT}" for piece in pieces) + rest

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


def _spellings(text: str) -> set[str]:
    raw = text.encode("utf-8", "surrogatepass")
    found = {text, quote(raw, safe=""), quote(raw), quote_plus(raw)}
    found |= {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    found |= {line.strip() for line in text.splitlines() if len(line.strip()) >= 2 * _SHORTEST_PART}
    if len(raw) >= _SHORTEST_ENCODED:
        for shift in range(3):
            encoded = base64.b64encode(b"\0" * shift + raw).decode().rstrip("=")
            whole = encoded[(0, 2, 3)[shift] : len(encoded) - (1 if (shift + len(raw)) % 3 else 0)]
            found |= {whole, whole.replace("+", "-").replace("/", "_")}
    return {spelling for spelling in found if len(spelling) >= _SHORTEST_PART}
