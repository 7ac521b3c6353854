"""A document as a tree in which everything knows its line and column."""

from dataclasses import dataclass, field
from typing import Any

Scalar = str | int | float | bool | None
Place = tuple[int, int]


@dataclass(slots=True)
class Node:
    """A scalar, a list or a map of a document; `size` counts its text with every alias written out.

    `depth` counts the lists and maps inside one another.
    """

    value: "Scalar | list[Node] | dict[str, Node]"
    place: Place
    size: int = 1
    depth: int = 0
    style: str = ""
    key_places: dict[str, Place] = field(default_factory=dict)

    def get(self, key: str) -> "Node | None":
        return self.value.get(key) if isinstance(self.value, dict) else None

    def place_of(self, key: str) -> Place:
        """Return where a map has this key."""
        return self.key_places.get(key, self.place)

    def at(self, pointer: str) -> "Node":
        """Return the member that a JSON Pointer names, or as near to it as the tree goes."""
        node = self
        for part in pointer.split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            found: Node | None = None
            if isinstance(node.value, dict):
                found = node.value.get(key)
            elif isinstance(node.value, list) and key.isdecimal() and int(key) < len(node.value):
                found = node.value[int(key)]
            if found is None:
                return node
            node = found
        return node

    def plain(self) -> Any:
        """Return the value without its places, as JSON knows it."""
        if isinstance(self.value, dict):
            return {key: member.plain() for key, member in self.value.items()}
        if isinstance(self.value, list):
            return [member.plain() for member in self.value]
        return self.value

    def place_in_text(self, offset: int, lines: list[str]) -> Place:
        """Return where a character of this text stands in the source."""
        line, column = self.place
        offset = max(offset, 0)
        if self.style in ("|", ">") and isinstance(self.value, str):
            before = self.value[:offset]
            line += 1 + before.count("\n")
            written = lines[line - 1] if line <= len(lines) else ""
            indent = len(written) - len(written.lstrip())
            return line, indent + 1 + offset - (before.rfind("\n") + 1)
        return line, column + offset + (1 if self.style in ("'", '"') else 0)


def kind(value: object) -> str:
    """Say what a value is, in the words of someone who writes YAML."""
    if value is None:
        return "nothing"
    names = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list"}
    return names.get(type(value), "a map")
