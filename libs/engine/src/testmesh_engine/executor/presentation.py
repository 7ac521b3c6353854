"""Values as records can hold them: JSON, without secrets, without what PostgreSQL and UTF-8 refuse."""

import base64
import math
import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from testmesh_engine.executor.masking import MASK, Mask

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_DEEPEST = 80
_MOST_BITS = 4096


def clean_text(text: str, mask: Mask) -> str:
    """Mask a text, and escape U+0000 and lone surrogates so that they can be seen and stored."""
    masked = mask.text(text) if mask else text
    if masked.isascii() and "\x00" not in masked:
        return masked
    return _UNSTORABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", masked)


def clean(value: Any, mask: Mask, depth: int = 0) -> Any:
    """Return a value as JSON; dates, decimals and the like become their text, bytes become base64."""
    if isinstance(value, str):
        return clean_text(value, mask)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _number(value, mask)
    if depth >= _DEEPEST:
        return "… (nested deeper than is recorded)"
    if isinstance(value, Mapping):
        return {clean_text(str(key), mask): clean(item, mask, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [clean(item, mask, depth + 1) for item in value]
    if isinstance(value, BaseModel):
        return clean(value.model_dump(), mask, depth + 1)
    if isinstance(value, bytes | bytearray):
        return clean_text(base64.b64encode(value).decode(), mask)
    return clean_text(str(value), mask)


def _number(value: float, mask: Mask) -> Any:
    if mask and mask.hides(value):
        return MASK
    if isinstance(value, int):
        bits = value.bit_length()
        return value if bits <= _MOST_BITS else f"a whole number of {bits} bits"
    return value if math.isfinite(value) else str(value)
