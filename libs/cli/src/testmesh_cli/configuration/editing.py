"""One value of a configuration file changed, everything else left as it is, byte by byte.

The text is not written anew from its meaning: comments, quotes, order and empty lines are not in that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from testmesh_cli.configuration.errors import NotEditableError
from testmesh_cli.configuration.writing import block, inline, written


def with_value(text: str, path: Sequence[str], value: Any) -> str:
    """Return a text in which the value at a path of keys is another, or is there at last.

    Raises:
        NotEditableError: the place is written in a way that one value cannot be changed in.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise NotEditableError(f"this is no YAML that can be changed: {' '.join(str(error).split())}") from error
    return _Editing(text, list(path), value).edited(root)


@dataclass(slots=True)
class _Editing:
    text: str
    path: list[str]
    value: Any

    @property
    def end(self) -> str:
        return "\r\n" if "\r\n" in self.text else "\n"

    def edited(self, root: Any) -> str:
        if root is None:
            return self._with_line(len(self.text), self.path, 0)
        node, braces = root, False
        for depth, name in enumerate(self.path):
            braces = braces or bool(node.flow_style)
            member = _member(node, name)
            if member is None:
                return self._inserted(node, self.path[depth:])
            key, node = member
            if node.start_mark.index < key.end_mark.index:
                raise self._refusal(key, "it is an alias of another value")
            if depth < len(self.path) - 1 and not isinstance(node, yaml.MappingNode):
                raise self._refusal(key, "it is no map")
        return self._replaced(node, braces)

    def _replaced(self, node: Any, braces: bool) -> str:
        quote = node.style if isinstance(node, yaml.ScalarNode) and node.style in ("'", '"') else ""
        if isinstance(node, yaml.CollectionNode) and not node.flow_style:
            raise self._refusal(node, "it is written over several lines")
        start, end = node.start_mark.index, _end_of(node, self.text)
        new = written(self.value, quote or ('"' if braces and isinstance(self.value, str) else ""))
        return f"{self.text[:start]}{' ' if start == end else ''}{new}{self.text[end:]}"

    def _inserted(self, node: Any, names: list[str]) -> str:
        if not node.flow_style:
            return self._with_line(_end_of(node, self.text), names, node.value[0][0].start_mark.column)
        end = _end_of(node.value[-1][1], self.text) if node.value else self.text.index("{", node.start_mark.index) + 1
        return f"{self.text[:end]}{', ' if node.value else ''}{inline(names, self.value)}{self.text[end:]}"

    def _with_line(self, at: int, names: list[str], indent: int) -> str:
        """Put lines behind the one that a place is in."""
        behind = self.text.find("\n", at)
        head, tail = (self.text, "") if behind < 0 else (self.text[: behind + 1], self.text[behind + 1 :])
        head += self.end if head and not head.endswith("\n") else ""
        return head + block(names, self.value, indent, self.end) + tail

    def _refusal(self, node: Any, why: str) -> NotEditableError:
        line = node.start_mark.line + 1
        return NotEditableError(f"{'.'.join(self.path)} is not changed: {why}, in line {line}; change it there by hand")


def _member(node: Any, name: str) -> tuple[Any, Any] | None:
    return next(((key, value) for key, value in node.value if key.value == name), None)


def _end_of(node: Any, text: str) -> int:
    """Return where a value really ends; the marks of what has no closing bracket are behind the comments after it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        key, value = last if isinstance(last, tuple) else (None, last)
        return max(_end_of(value, text), 0 if key is None else key.end_mark.index)
    start: int = node.start_mark.index
    return start + len(text[start : node.end_mark.index].rstrip())
