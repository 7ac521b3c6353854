"""Paths with names and wildcards, matched in linear time."""

from urllib.parse import unquote

import re2

_WHOLE_REST = "**"


class PathPattern:
    """A path such as `/orders/{id}`; what stands for a name is given without its percent signs."""

    def __init__(self, pattern: str) -> None:
        self.text = pattern
        self._names: list[str] = []
        self._regex = re2.compile(self._source(pattern))

    def match(self, path: str) -> dict[str, str] | None:
        """Return what the names stand for in a path as it was sent; None where it is another path."""
        found = self._regex.fullmatch(path)
        if found is None:
            return None
        return {name: unquote(value) for name, value in zip(self._names, found.groups(), strict=True)}

    def _source(self, pattern: str) -> str:
        parts: list[str] = []
        at = 0
        while at < len(pattern):
            if pattern[at] == "{":
                end = pattern.index("}", at)
                self._names.append(pattern[at + 1 : end])
                parts.append("([^/]+)")
                at = end + 1
            elif pattern.startswith(_WHOLE_REST, at):
                parts.append(".*")
                at += len(_WHOLE_REST)
            else:
                parts.append("[^/]*" if pattern[at] == "*" else re2.escape(pattern[at]))
                at += 1
        return "".join(parts)
