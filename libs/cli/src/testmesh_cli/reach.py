"""The files that a flow reaches: its own, the flows that it calls, and the files that all of these name."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from testmesh_cli.errors import CliError
from testmesh_cli.named_flows import NamedFlows
from testmesh_cli.sources import FlowFile, read_flow, resolved, whereabouts
from testmesh_engine.language.limits import MAX_FILE_BYTES
from testmesh_engine.language.mentions import files_behind, is_path, mentioned_files, mentioned_flows
from testmesh_engine.regular_files import read_regular

Read = Callable[[Path], FlowFile]
MOST_LINKS = 40
"""On the way to one file; links that lead to one another have no end."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A file, there or not, whose content has a say in what a flow does."""

    path: Path
    """As it is named, absolute: where links are, another file may come to stand there."""
    role: str
    """What it is to the flow, in words: `its env_file`."""
    file: FlowFile | None = None
    """The flow that it holds, where it is one and can be read."""


def reach_of(file: FlowFile, named: NamedFlows, read: Read = read_flow) -> dict[Path, Reached]:
    """Return all files of a flow by their paths as they are named, absolute; of a file that is no flow, itself alone.

    The flow's own file is known by its whereabouts. `named` are the flows that may be called by name.
    """
    own = whereabouts(file.path)
    found = {own: Reached(own, "the flow", file)}
    for one in _reached(file, named, read, {own}):
        found.setdefault(one.path, one)
    if file.flow is not None and file.flow.env_file is not None:
        path = _as_named(file.path.parent, file.flow.env_file)
        found.setdefault(path, Reached(path, "its env_file"))
    return found


def folders_towards(path: Path) -> Iterator[Path]:
    """Yield the folders that say what a path leads to: its own, and those in which links on the way to it stand."""
    absolute = path.absolute()
    here, left, links = Path(absolute.anchor), list(reversed(absolute.parts[1:])), 0
    while left:
        part = left.pop()
        one = here.parent if part == ".." else here / part
        if one.is_symlink() and links < MOST_LINKS:
            yield here
            links += 1
            target = one.readlink()
            here = Path(target.anchor) if target.is_absolute() else here
            left += reversed(target.parts[1:] if target.is_absolute() else target.parts)
        else:
            here = one
    yield here.parent


def _reached(file: FlowFile, named: NamedFlows, read: Read, walked: set[Path]) -> Iterator[Reached]:
    if file.flow is None:
        return
    mentions = mentioned_files(file.flow)
    for mention in mentions:
        yield Reached(_as_named(file.path.parent, mention.text), f"the file {mention.text} that it names")
    for behind in files_behind(mentions, lambda path: content_of(file.path.parent / path)):
        yield Reached(_as_named(file.path.parent, behind), f"the file {behind} that a file of it names")
    for mention in mentioned_flows(file.flow):
        path = file.path.parent / mention.text
        called = _called(mention.text, path, named, read)
        if called is None and not is_path(mention.text):
            continue
        place = path if called is None else called.path
        yield Reached(_as_named(place.parent, place.name), f"the flow {place.name} that it runs", called)
        # flows may call one another
        if called is not None and whereabouts(called.path) not in walked:
            walked.add(whereabouts(called.path))
            yield from _reached(called, named, read, walked)


def content_of(path: Path) -> bytes | None:
    """Return what a file holds; None where it cannot be read."""
    try:
        return read_regular(path, MAX_FILE_BYTES)
    except OSError:
        return None


def _as_named(folder: Path, text: str) -> Path:
    """Return an absolute path with its links left in it, and without `..` where that leads to the same file."""
    path = (folder / text).absolute()
    plain = Path(os.path.normpath(path))
    return plain if resolved(plain) == resolved(path) else path


def _called(reference: str, path: Path, named: NamedFlows, read: Read) -> FlowFile | None:
    try:
        return read(path) if is_path(reference) else named.get(reference)
    except CliError:
        return None
