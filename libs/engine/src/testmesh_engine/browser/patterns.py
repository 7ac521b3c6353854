"""Texts with * for any text."""

from urllib.parse import urlsplit


def is_like(text: str, pattern: str) -> bool:
    """Say whether an address is the one that is meant: all of it, or what begins with its path."""
    if pattern.startswith("/"):
        parts = urlsplit(text)
        text = (
            parts.path + (f"?{parts.query}" if parts.query else "") + (f"#{parts.fragment}" if parts.fragment else "")
        )
    return matches(text, pattern)


def matches(text: str, pattern: str) -> bool:
    """Say whether a text is the pattern, in which each * stands for any text."""
    first, *others = pattern.split("*")
    if not others:
        return text == pattern
    *middle, last = others
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True
