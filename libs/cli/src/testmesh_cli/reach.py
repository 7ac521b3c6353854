"""The files that a flow reaches: its own, the flows that it calls, and the files that all of these name."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from testmesh_cli.errors import CliError
from testmesh_cli.named_flows import NamedFlows
from testmesh_cli.sources import FlowFile, read_flow, resolved
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


def reach_of(file: FlowFile, named: NamedFlows, read: Read = read_flow) -> dict[Path, Reached]:
    """Return all files of a flow by their resolved paths; of a file that is no flow, itself alone.

    `named` are the flows that may be called by name.
    """
    found: dict[Path, Reached] = {}
    for one in _reached(file, "the flow", named, read, found):
        found.setdefault(one.path, one)
    if file.flow is not None and file.flow.env_file is not None:
        path = resolved(file.path.parent / file.flow.env_file)
        found.setdefault(path, Reached(path, "its env_file"))
    return found


def _reached(
    file: FlowFile, role: str, named: NamedFlows, read: Read, found: Mapping[Path, Reached]
) -> Iterator[Reached]:
    own = resolved(file.path)
    if own in found:
        return  # also what ends flows that call one another
    yield Reached(own, role, file)
    if file.flow is None:
        return
    for mention in mentioned_files(file.flow):
        yield Reached(resolved(file.path.parent / mention.text), f"the file {mention.text} that it names")
    for mention in mentioned_flows(file.flow):
        path = file.path.parent / mention.text
        called = _called(mention.text, path, named, read)
        if called is not None:
            yield from _reached(called, f"the flow {called.path.name} that it runs", named, read, found)
        elif is_path(mention.text):
            yield Reached(resolved(path), f"the flow {path.name} that it runs")


def _called(reference: str, path: Path, named: NamedFlows, read: Read) -> FlowFile | None:
    try:
        return read(path) if is_path(reference) else named.get(reference)
    except CliError:
        return None
