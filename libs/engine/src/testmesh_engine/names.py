"""Words that can name a step, a variable or an input."""

import re

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_WORDS = frozenset(("true", "false", "nil", "null", "and", "or", "not", "in"))


def is_name(text: str) -> bool:
    """Say whether expressions can refer to this word."""
    return _NAME.fullmatch(text) is not None and text not in _WORDS and len(text) <= 255
