"""The files that a flow reaches: its own, the flows that it calls, and the files that all of these name."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from testmesh_cli.errors import CliError
from testmesh_cli.sources import FlowFile, read_flow
from testmesh_engine.language.mentions import is_path, mentioned_files, mentioned_flows

Read = Callable[[Path], FlowFile]


@dataclass(frozen=True, slots=True)
class Reached:
    """A file, there or not, whose content has a say in what a flow does."""

    path: Path
    role: str
    """What it is to the flow, in words: `its env_file`."""
    file: FlowFile | None = None
    """The flow that it holds, where it is one and can be read."""


def reach_of(file: FlowFile, named: Mapping[str, FlowFile], read: Read = read_flow) -> dict[Path, Reached]:
    """Return all files of a flow by their resolved paths; of a file that is no flow, itself alone.

    `named` are the flows that may be called by name.
    """
    found: dict[Path, Reached] = {}
    for one in _reached(file, "the flow", named, read, found):
        found.setdefault(one.path, one)
    if file.flow is not None and file.flow.env_file is not None:
        path = (file.path.parent / file.flow.env_file).resolve()
        found.setdefault(path, Reached(path, "its env_file"))
    return found


def _reached(
    file: FlowFile, role: str, named: Mapping[str, FlowFile], read: Read, found: Mapping[Path, Reached]
) -> Iterator[Reached]:
    own = file.path.resolve()
    if own in found:
        return  # also what ends flows that call one another
    yield Reached(own, role, file)
    if file.flow is None:
        return
    for mention in mentioned_files(file.flow):
        yield Reached((file.path.parent / mention.text).resolve(), f"the file {mention.text} that it names")
    for mention in mentioned_flows(file.flow):
        path = file.path.parent / mention.text
        called = _read(path, read) if is_path(mention.text) else named.get(mention.text)
        if called is not None:
            yield from _reached(called, f"the flow {called.path.name} that it runs", named, read, found)
        elif is_path(mention.text):
            yield Reached(path.resolve(), f"the flow {path.name} that it runs")


def _read(path: Path, read: Read) -> FlowFile | None:
    try:
        return read(path)
    except CliError:
        return None
