"""Words that can name a step, a variable or an input."""

import re

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_LONGEST = 255
_WORDS = frozenset(("true", "false", "nil", "null", "and", "or", "not", "in"))


def is_name(text: str) -> bool:
    """Say whether expressions can refer to this word."""
    return _NAME.fullmatch(text) is not None and text not in _WORDS and len(text) <= _LONGEST


def name_hint(text: str) -> str:
    """Say what keeps a word from being a name, and what to write."""
    if text in _WORDS:
        return f'"{text}" is a word of the expressions: write another, such as "{text}_"'
    if len(text) > _LONGEST:
        return f"a name has at most {_LONGEST} characters"
    return "use letters, digits and _, not a digit first"
