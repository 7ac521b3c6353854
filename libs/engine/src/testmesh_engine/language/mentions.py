"""What a flow mentions beside itself: the files that it reads and the flows that it calls.

Whoever brings a flow to another machine brings what it mentions, or says what is meant by it there.
"""

import posixpath
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from testmesh_engine.language.controls import RunFlow
from testmesh_engine.language.models import Flow

FLOW_SUFFIXES = (".yaml", ".yml", ".json")


class Mention(NamedTuple):
    """A path or a name as its author wrote it, and where."""

    text: str
    line: int
    column: int
    pointer: str
    is_rows: bool = False
    """Whether it is a file with rows of data, which are read before the flow starts."""


def mentioned_files(flow: Flow) -> list[Mention]:
    """Return the files that a flow reads, each once."""
    found = [mention for place in _PLACES for mention in place(flow)]
    return list({mention.text: mention for mention in reversed(found)}.values())[::-1]


def files_behind(mentions: Iterable[Mention], read: Callable[[str], bytes | None]) -> dict[str, bytes]:
    """Return what mentioned files name themselves, as far as it is there: the imports of proto files.

    `read` gives the content of a path as seen from the flow; so are the paths that are returned.
    """
    named = [mention.text for mention in mentions]
    protos = [path for path in named if is_proto(path)]
    if not protos:
        return {}
    from testmesh_engine.grpc.proto_imports import with_imports  # few flows have any

    return {path: data for path, data in with_imports(protos, read).items() if path not in named}


def is_proto(path: str) -> bool:
    return path.lower().endswith(".proto")


def mentioned_flows(flow: Flow) -> list[Mention]:
    """Return the flows that a flow calls, by path, name or id, each once."""
    found = [
        Mention(step.control.flow, step.line, step.column, f"{step.pointer}/config/flow")
        for step in flow.calls
        if isinstance(step.control, RunFlow)
    ]
    return list({mention.text: mention for mention in reversed(found)}.values())[::-1]


def is_path(reference: str) -> bool:
    """Return whether a mentioned flow is meant by its file; otherwise by its name or id."""
    return reference.lower().endswith(FLOW_SUFFIXES)


def is_absolute(path: str) -> bool:
    """Return whether a path means a place of one machine, on any system: it says nothing on another."""
    return path.startswith(("/", "\\")) or path[1:2] == ":"


def place_of(path: str, beside: str = "") -> str:
    """Return a path as seen from the first flow's folder, where it was written in the flow at `beside`.

    It is a name for what is sent along, never opened: `..` may lead out of the folder.
    """
    return posixpath.normpath(posixpath.join(posixpath.dirname(beside), path))


def _rows(flow: Flow) -> Iterator[Mention]:
    data = flow.data
    if data is not None and data.file:
        yield Mention(data.file, data.line, data.column, f"{data.pointer}/file", is_rows=True)


def _of_steps(flow: Flow) -> Iterator[Mention]:
    for step in flow.all_steps():
        for pointer, path in step.files:
            yield Mention(path, step.line, step.column, f"{step.pointer}/config{pointer}")


_PLACES: tuple[Callable[[Flow], Iterator[Mention]], ...] = (_rows, _of_steps)
"""Every place of the language that names a file; a new one is a line here."""
