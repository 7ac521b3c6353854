"""Strict reading of one map: each key known, each value of its type, each fault with its place."""

import re
from collections.abc import Collection, Iterable
from difflib import get_close_matches

from testmesh_engine.language.diagnostics import Faults, did_you_mean, pointer_to
from testmesh_engine.language.nodes import Node, Place, kind
from testmesh_sdk import DurationInvalidError, parse_duration

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SURELY_MEANT = 0.75


class Fields:
    """The keys of a map; what is missing or of another type becomes a fault and reads as absent.

    What stands behind a mistyped key is read as if the key were right, so that all faults are told at once.
    """

    def __init__(
        self,
        node: Node,
        pointer: str,
        faults: Faults,
        *,
        what: str,
        known: Iterable[str],
        below: tuple[str, Collection[str]] = ("", ()),
    ) -> None:
        """Read the keys of a node; `below` says what holds other keys that may stand here by mistake."""
        self.place = node.place
        self.pointer = pointer
        self.faults = faults
        self._what = what
        self._node = node
        self._members = dict(node.value) if isinstance(node.value, dict) else {}
        self._meant: dict[str, str] = {}
        self.strayed: dict[str, Node] = {}
        if not isinstance(node.value, dict):
            faults.add("TM201", f"{what} is a map, here is {kind(node.value)}", node.place, pointer)
        self._refuse_unknown(set(known), *below)

    def _refuse_unknown(self, known: set[str], holder: str, below: Collection[str]) -> None:
        for key in list(self._members):
            if key in known:
                continue
            place, pointer = self._node.place_of(key), pointer_to(self.pointer, key)
            if key in below:
                self.strayed[key] = self._members[key]
                message = f'"{key}" belongs under {holder}'
                self.faults.add("TM203", message, place, pointer, "indent it below config:")
                continue
            self.faults.add("TM203", f'unknown key "{key}"', place, pointer, did_you_mean(key, known))
            for meant in get_close_matches(key, known, n=1, cutoff=_SURELY_MEANT):
                if meant not in self._members:
                    self._meant[meant] = key
                    self._members[meant] = self._members[key]

    def place_of(self, key: str) -> Place:
        return self._node.place_of(self._meant.get(key, key))

    def pointer_of(self, key: str) -> str:
        return pointer_to(self.pointer, self._meant.get(key, key))

    def has(self, key: str) -> bool:
        return key in self._members

    def has_value(self, key: str) -> bool:
        found = self._members.get(key)
        return found is not None and found.value is not None

    def node(self, key: str, *, required: bool = False) -> Node | None:
        """Return what stands behind a key; a key with nothing behind it is a fault."""
        found = self._members.get(key)
        if found is None and required and isinstance(self._node.value, dict):
            message = f'{self._what} needs the key "{key}"'
            self.faults.add("TM202", message, self.place, self.pointer)
        if found is not None and found.value is None:
            hint = "give it a value or remove the key"
            self.wrong(key, f'"{key}" has nothing behind it', hint)
            return None
        return found

    def wrong(self, key: str, message: str, hint: str = "", code: str = "TM201") -> None:
        """Record a fault at the value of a key."""
        found = self._members.get(key)
        place = found.place if found is not None and found.value is not None else self.place_of(key)
        self.faults.add(code, message, place, self.pointer_of(key), hint)

    def text(self, key: str, *, required: bool = False, longest: int = 0) -> str | None:
        found = self.node(key, required=required)
        if found is None:
            return None
        if not isinstance(found.value, str):
            hint = "put it in quotes" if not isinstance(found.value, dict | list) else ""
            self.wrong(key, f'"{key}" is text, here is {kind(found.value)}', hint)
            return None
        if required and not found.value.strip():
            self.wrong(key, f'"{key}" is empty', code="TM204")
        if longest and len(found.value) > longest:
            self.wrong(key, f'"{key}" has more than {longest} characters', code="TM204")
        return found.value

    def reference(self, key: str) -> str | None:
        """Return what names a file or a flow; a control character in it is a slip, and no file can have some."""
        found = self.text(key, required=True)
        if found is not None and _CONTROL.search(found):
            self.wrong(key, f'"{key}" holds a control character', "name the file or the flow on one line", "TM204")
        return found

    def flag(self, key: str) -> bool:
        found = self.node(key)
        if found is None:
            return False
        if not isinstance(found.value, bool):
            self.wrong(key, f'"{key}" is true or false, here is {_shown(found)}')
        return found.value is True

    def integer(self, key: str, *, default: int, least: int, most: int, required: bool = False) -> int:
        found = self.node(key, required=required)
        if found is None:
            return default
        if not isinstance(found.value, int) or isinstance(found.value, bool):
            self.wrong(key, f'"{key}" is a whole number, here is {_shown(found)}')
            return default
        if not least <= found.value <= most:
            wanted = f"lies between {least} and {most}" if least < most else f"is {least}"
            message = f'"{key}" {wanted}, here is {found.value}'
            self.wrong(key, message, code="TM204")
            return default
        return found.value

    def choice(self, key: str, options: tuple[str, ...], default: str) -> str:
        found = self.text(key)
        if found is None:
            return default
        if found not in options:
            self.wrong(key, f'"{key}" cannot be "{found}"', did_you_mean(found, options), "TM204")
            return default
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        found: list[str] = []
        for index, node in enumerate(self.items(key)):
            if isinstance(node.value, str):
                found.append(node.value)
                continue
            pointer = pointer_to(self.pointer_of(key), index)
            message = f'"{key}" holds texts, here is {kind(node.value)}'
            self.faults.add("TM201", message, node.place, pointer, "put it in quotes")
        return tuple(found)

    def items(self, key: str, *, required: bool = False, hint: str = "") -> list[Node]:
        found = self.node(key, required=required)
        if found is None:
            return []
        if not isinstance(found.value, list):
            self.wrong(key, f'"{key}" is a list, here is {kind(found.value)}', hint)
            return []
        return found.value

    def is_empty_list(self, key: str) -> bool:
        found = self._members.get(key)
        return found is not None and found.value == []

    def members(self, key: str) -> dict[str, Node]:
        found = self.node(key)
        if found is None:
            return {}
        if not isinstance(found.value, dict):
            self.wrong(key, f'"{key}" is a map, here is {kind(found.value)}')
            return {}
        return found.value

    def duration(self, key: str, *, least: float = 0.001) -> float | None:
        found = self.node(key)
        return None if found is None else read_duration(found, self.pointer_of(key), self.faults, least)


def read_duration(node: Node, pointer: str, faults: Faults, least: float = 0.001) -> float | None:
    """Return the seconds that a node means, or record why it means none."""
    try:
        seconds = parse_duration(node.value)
    except DurationInvalidError as error:
        faults.add(error.code, str(error) if _plain(node) else _not_a_duration(node), node.place, pointer)
        return None
    if seconds < least:
        faults.add("TM204", "a duration here is longer than nothing", node.place, pointer)
        return None
    return seconds


def _plain(node: Node) -> bool:
    return not isinstance(node.value, dict | list)


def _not_a_duration(node: Node) -> str:
    return f"a duration such as 10s belongs here, not {kind(node.value)}"


def _shown(node: Node) -> str:
    if isinstance(node.value, str):
        return f'the text "{node.value[:40]}"'
    return kind(node.value)
