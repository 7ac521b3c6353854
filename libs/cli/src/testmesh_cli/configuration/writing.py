"""Values as YAML has them, on one line."""

import json
import re
from collections.abc import Sequence
from typing import Any

from testmesh_engine.language.scalars import read_plain

_PLAIN = re.compile(r"[A-Za-z_/.](?:[\w./@~+%=&?-]|:(?!$))*", re.ASCII)
_WORDS_OF_OTHERS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
"""Readers of YAML 1.1, such as an editor, take these for something else than texts, whatever their case."""
STEP = 2


def written(value: Any, quote: str = "") -> str:
    """Return a value; a text takes the quotes that are asked for, or those that it needs."""
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if quote == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    if not quote and _is_plain(value):
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return quoted if value.isprintable() else "".join(sign if sign.isprintable() else _escape(sign) for sign in quoted)


def block(path: Sequence[str], value: Any, indent: int, end: str) -> str:
    """Return lines that give a value to the last of nested keys."""
    lines = [f"{' ' * (indent + STEP * depth)}{name}:" for depth, name in enumerate(path)]
    return end.join(lines) + f" {written(value)}{end}"


def inline(path: Sequence[str], value: Any) -> str:
    """Return the same inside braces."""
    inner = written(value)
    for name in reversed(path[1:]):
        inner = f"{{{name}: {inner}}}"
    return f"{path[0]}: {inner}"


def _escape(sign: str) -> str:
    return f"\\U{ord(sign):08x}"


def _is_plain(text: str) -> bool:
    if text.casefold() in _WORDS_OF_OTHERS or not _PLAIN.fullmatch(text):
        return False
    return read_plain(text) == text
