"""YAML or JSON to a tree with places, within limits that hold before anything large is built.

Reads the events of libyaml one by one: size, depth, tags, aliases and duplicate keys are judged as they come,
so that a document of a few hundred bytes that means gigabytes costs nothing.
"""

import re
from typing import Any, NoReturn

import yaml

from testmesh_engine.language.diagnostics import Faults
from testmesh_engine.language.limits import MAX_BYTES, MAX_NODES, MAX_YAML_DEPTH
from testmesh_engine.language.nodes import Node, Place, kind
from testmesh_engine.language.scalars import NumberTooLongError, read_plain
from testmesh_engine.language.yaml_faults import fault_of

_SURROGATE_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_MERGE = "<<"
_BEGINS = frozenset((yaml.MappingStartEvent, yaml.SequenceStartEvent))
_ENDS = frozenset((yaml.MappingEndEvent, yaml.SequenceEndEvent))


def read_text(source: str | bytes, faults: Faults) -> str:
    """Return the source as text, judged by its size and encoding.

    Raises:
        FlowInvalidError: it is larger than 1 MiB, or is not UTF-8.
    """
    try:
        size = len(source if isinstance(source, bytes) else source.encode())
        text = source.decode() if isinstance(source, bytes) and size <= MAX_BYTES else str(source)
    except UnicodeError as error:
        faults.add("TM117", f"the source is not UTF-8 text: {error}", (1, 1), hint="save it as UTF-8")
        raise_now(faults)
    if size > MAX_BYTES:
        # One byte more is what a reader that stops at the limit hands over: the real size is not known then.
        had = f"{size} bytes, more than {MAX_BYTES}" if size > MAX_BYTES + 1 else f"more than {MAX_BYTES} bytes"
        faults.add("TM111", f"the source has {had}", (1, 1))
        raise_now(faults)
    return text.removeprefix("\ufeff")


def read_document(text: str, faults: Faults, what: str = "flow") -> Node:
    """Return the one document of a source; `what` it is to hold, for messages.

    Raises:
        FlowInvalidError: it is no YAML, or goes past a limit.
    """
    written = _SURROGATE_PAIR.sub(_joined, text) if text.lstrip()[:1] == "{" else text
    builder = _Builder(faults, what)
    try:
        loader = yaml.CSafeLoader(written)
        try:
            while loader.check_event():
                builder.take(loader.get_event())
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        place, hint = fault_of(error, text)
        said = " ".join(part for part in (error.problem, error.context) if part)
        faults.add("TM110", f"this is no YAML: {said}", place, hint=hint)
        raise_now(faults)
    except yaml.YAMLError as error:
        faults.add("TM110", f"this is no YAML: {' '.join(str(error).split())}", (1, 1))
        raise_now(faults)
    if builder.root is None:
        faults.add("TM110", "the source is empty", (1, 1), hint="a flow has at least a name and steps")
        raise_now(faults)
    return builder.root


def raise_now(faults: Faults) -> NoReturn:
    """Raise what was found: there is no going on after this."""
    faults.stop_if_any()
    raise AssertionError("called without a fault")


def _joined(match: re.Match[str]) -> str:
    high, low = int(match[2], 16), int(match[3], 16)
    return match[1] + chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


class _Builder:
    """Puts events together to nodes; the innermost open list or map is the last of `open`."""

    def __init__(self, faults: Faults, what: str) -> None:
        self.faults = faults
        self._what = what
        self.root: Node | None = None
        self._open: list[Node] = []
        self._keys: list[tuple[str, Place, bool] | None] = []
        self._anchors: dict[str, Node] = {}
        self._open_anchors: list[str | None] = []
        self._merges: dict[int, list[Node]] = {}
        self._nodes = 0
        self._expanded = 0

    def take(self, event: Any) -> None:
        kind_of_event = type(event)
        if kind_of_event is yaml.ScalarEvent:
            self._scalar(event)
        elif kind_of_event in _BEGINS:
            self._begin(event)
        elif kind_of_event in _ENDS:
            self._end()
        elif kind_of_event is yaml.AliasEvent:
            self._alias(event)
        elif kind_of_event is yaml.DocumentStartEvent and self.root is not None:
            self._stop("TM116", f"a second document begins here; a file holds one {self._what}", _place(event))

    def _scalar(self, event: Any) -> None:
        place = _place(event)
        self._count(place)
        self._refuse_tag(event, place)
        value: Any = event.value
        if event.implicit[0] and not event.style:
            try:
                value = read_plain(event.value)
            except NumberTooLongError as error:
                self.faults.add(error.code, str(error), place)
        if self._awaits_key():
            self._keys[-1] = (event.value, place, event.value == _MERGE and not event.style)
            return
        node = Node(value, place, 1 + len(event.value), style=event.style or "")
        if event.anchor:
            self._anchors[event.anchor] = node
        self._add(node)

    def _begin(self, event: Any) -> None:
        place = _place(event)
        self._count(place)
        self._refuse_tag(event, place)
        if self._awaits_key():
            self._stop("TM118", "a key must be text", place, hint=_BRACES)
        self._limit_depth(1, place)
        self._open.append(Node({} if isinstance(event, yaml.MappingStartEvent) else [], place))
        self._keys.append(None)
        self._open_anchors.append(event.anchor)
        if event.anchor:
            self._anchors.pop(event.anchor, None)

    def _end(self) -> None:
        node = self._open.pop()
        self._keys.pop()
        for merged in self._merges.pop(id(node), []):
            self._merge(node, merged)
        anchor = self._open_anchors.pop()
        if anchor:
            self._anchors[anchor] = node
        self._add(node)

    def _alias(self, event: Any) -> None:
        place = _place(event)
        if event.anchor in self._open_anchors:
            self._stop("TM113", f"*{event.anchor} stands inside what it names", place)
        node = self._anchors.get(event.anchor)
        if node is None:
            self._stop("TM113", f"*{event.anchor} names nothing before it", place)
        elif self._awaits_key():
            self._stop("TM118", "an alias cannot be a key", place)
        else:
            self._limit_depth(node.depth, place)
            self._expanded += node.size
            if self._expanded > MAX_BYTES:
                self._stop("TM113", f"aliases expand to more than {MAX_BYTES} characters", place)
            self._add(node)

    def _add(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        parent.size += node.size
        parent.depth = max(parent.depth, node.depth + 1)
        if isinstance(parent.value, list):
            parent.value.append(node)
            return
        entry, self._keys[-1] = self._keys[-1], None
        if entry is None or not isinstance(parent.value, dict):
            return
        key, place, merges = entry
        if merges:
            self._merges.setdefault(id(parent), []).append(node)
        elif key in parent.value:
            first = parent.place_of(key)[0]
            self.faults.add("TM112", f'the key "{key}" is here twice, first in line {first}', place)
        else:
            parent.value[key] = node
            parent.key_places[key] = place

    def _merge(self, node: Node, merged: Node) -> None:
        for source in merged.value if isinstance(merged.value, list) else [merged]:
            if not isinstance(source.value, dict) or not isinstance(node.value, dict):
                message = f'"<<" merges maps, this is {kind(source.value)}'
                self.faults.add("TM113", message, source.place)
                continue
            for key, member in source.value.items():
                if key not in node.value:
                    node.value[key] = member
                    node.key_places[key] = source.place_of(key)

    def _awaits_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].value, dict) and self._keys[-1] is None

    def _count(self, place: Place) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._stop("TM111", f"more than {MAX_NODES} values in one document", place)

    def _limit_depth(self, more: int, place: Place) -> None:
        if len(self._open) + more > MAX_YAML_DEPTH:
            self._stop("TM115", f"nested deeper than {MAX_YAML_DEPTH} levels", place)

    def _refuse_tag(self, event: Any, place: Place) -> None:
        if event.tag not in (None, "!"):
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self.faults.add("TM114", f"the tag {tag} is not allowed; a {self._what} has plain values", place)

    def _stop(self, code: str, message: str, place: Place, hint: str = "") -> NoReturn:
        self.faults.add(code, message, place, hint=hint)
        raise_now(self.faults)


_BRACES = 'a value that begins with "{" or "{{" needs quotes'


def _place(event: Any) -> Place:
    return event.start_mark.line + 1, event.start_mark.column + 1
