"""Values as records can hold them: JSON of a bounded size, without secrets or what PostgreSQL and UTF-8 refuse."""

import base64
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from testmesh_engine.executor.masking import MASK, Mask
from testmesh_engine.executor.weight import TEXT_PER_ELEMENT, text_elements

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_DEEPEST = 80
_MOST_RECORDED = 400_000
"""Elements of one record; what is beyond is not written out, however often a value holds the same list."""
_MORE = "… (more than is recorded)"
_MOST_BITS = 4096
# Tuples, not unions, which Python would build anew for each value; a dict is found without asking what a Mapping is.
_NUMBERS = (int, float)
_MAPS = (dict, Mapping)
_LISTS = (list, tuple, set, frozenset)


def clean_text(text: str, mask: Mask) -> str:
    """Mask a text, and escape U+0000 and lone surrogates so that they can be seen and stored."""
    masked = mask.text(text) if mask else text
    if _is_plain(masked):
        return masked
    return _UNSTORABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", masked)


def _is_plain(text: str) -> bool:
    return text.isascii() and "\x00" not in text


def clean(value: Any, mask: Mask) -> Any:
    """Return a value as JSON; dates, decimals and the like become their text, bytes become base64."""
    return _Cleaning(mask).value(value, 0)


def clean_parts(parts: Mapping[str, Any], mask: Mask) -> dict[str, Any]:
    """Return each part of one record as JSON; all are there, however much one of them takes of the room."""
    cleaning = _Cleaning(mask)
    return {name: cleaning.value(part, 1) for name, part in parts.items()}


class _Cleaning:
    """What is written of one record, until there is no room for more."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._has_secrets = bool(mask)
        self._left = _MOST_RECORDED

    def value(self, value: Any, depth: int) -> Any:
        self._left -= 1
        if isinstance(value, str):
            return self._text(value)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, _NUMBERS):
            return MASK if self._has_secrets and self._mask.hides(value) else _number(value)
        if depth >= _DEEPEST:
            return "… (nested deeper than is recorded)"
        if isinstance(value, _MAPS):
            return self._map(value, depth + 1)
        if isinstance(value, _LISTS):
            return self._list(value, depth + 1)
        if isinstance(value, BaseModel):
            return self.value(value.model_dump(), depth + 1)
        if isinstance(value, bytes | bytearray):
            return self._text(base64.b64encode(value).decode())
        return self._text(str(value))

    def _text(self, text: str) -> str:
        if len(text) < TEXT_PER_ELEMENT and not self._has_secrets and self._left >= 0 and _is_plain(text):
            return text  # as nearly all are, and a record has dozens
        self._left -= text_elements(text)
        return clean_text(text, self._mask) if self._left >= 0 else _MORE

    def _map(self, value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        cleaned: dict[str, Any] = {}
        for key, item in value.items():
            if self._left <= 0:
                cleaned["…"] = _MORE
                break
            shown = self._text(str(key))
            cleaned[shown] = self.value(item, depth)
        return cleaned

    def _list(self, value: Iterable[Any], depth: int) -> list[Any]:
        cleaned: list[Any] = []
        for item in value:
            if self._left <= 0:
                cleaned.append(_MORE)
                break
            cleaned.append(self.value(item, depth))
        return cleaned


def _number(value: float) -> Any:
    if isinstance(value, int):
        bits = value.bit_length()
        return value if bits <= _MOST_BITS else f"a whole number of {bits} bits"
    return value if math.isfinite(value) else str(value)
