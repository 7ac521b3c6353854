"""Flow files: found, read, checked."""

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from testmesh_cli.errors import NothingSelectedError, UsageError
from testmesh_cli.other_documents import is_another_document, is_own_document
from testmesh_cli.reporting.paper import remark_line, standard_error, visible
from testmesh_cli.selection.parts import Part
from testmesh_engine.language import Diagnostic, Flow, FlowInvalidError
from testmesh_engine.language.limits import MAX_BYTES
from testmesh_engine.language.parse import Examined, examine_flow

SUFFIXES = frozenset((".yaml", ".yml", ".json"))
PASSED_OVER = frozenset(("node_modules", "__pycache__"))
MOST_NAMED = 5


class FlowFile(NamedTuple):
    """A file as it was named, its text, and what it holds: a flow, or faults.

    `examined` is what could be read of it, also beside faults; none where it is no document at all.
    """

    path: Path
    source: bytes
    flow: Flow | None
    faults: tuple[Diagnostic, ...] = ()
    examined: Examined | None = None
    part: Part | None = None
    """The steps that are run, where not all are."""
    repetition: tuple[int, int] | None = None
    """Which of how many times the flow is run, where it is run more than once."""

    @property
    def shown(self) -> str:
        """Return what the file is called in reports; each time that it is run has a name of its own."""
        return self.shown_path if self.repetition is None else "{} [{}/{}]".format(self.shown_path, *self.repetition)

    @property
    def shown_path(self) -> str:
        """Return the file's path as a text that every format takes; signs that are no UTF-8 stand as escapes."""
        return _encodable(self.path)

    @property
    def checked(self) -> Flow:
        """The flow of a file without faults."""
        assert self.flow is not None
        return self.flow


@lru_cache(maxsize=4096)
def _encodable(path: Path) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def resolved(path: Path) -> Path:
    """Return the file that a path leads to through all links; a link that leads to itself is one that is not there."""
    return Path(os.path.realpath(path))


def whereabouts(path: Path) -> Path:
    """Return where a file stands: the same, however its path was written.

    A link is a file of its own: what it names is looked for beside the link.
    """
    return resolved(path.parent) / path.name


def read_flows(paths: Sequence[Path]) -> list[FlowFile]:
    """Return every flow file that the paths name, each once, sorted within its folder.

    What was only found in a folder, and is another document than a flow, is passed over, and that is said; of what
    this command wrote itself there is nothing to say.

    Raises:
        NothingSelectedError: there is none.
        UsageError: one cannot be read.
    """
    named = {resolved(path) for path in paths}
    files: list[FlowFile] = []
    others: list[FlowFile] = []
    for file in map(read_flow, find_files(paths)):
        is_other = file.flow is None and resolved(file.path) not in named and _is_another_document(file)
        if not is_other:
            files.append(file)
        elif not is_own_document(file.source):
            others.append(file)
    if others:
        standard_error().write(remark_line(_told_of(others)))
    if not files:
        raise NothingSelectedError(paths)
    return files


def _is_another_document(file: FlowFile) -> bool:
    # In `testmesh run -o json > out.json` the shell makes an empty file before the run begins.
    is_empty_json = file.path.suffix.lower() == ".json" and not file.source
    return is_empty_json or is_another_document(file.source)


def _told_of(others: Sequence[FlowFile]) -> str:
    names = [visible(file.shown) for file in others[:MOST_NAMED]]
    more = [f"{len(others) - MOST_NAMED} more"] if len(others) > MOST_NAMED else []
    return f"{len(others)} file{'s' * (len(others) != 1)} passed over, not flows: {', '.join([*names, *more])}"


def find_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the files that are named, and those in the folders that are named; hidden folders are passed over."""
    seen: set[Path] = set()
    for named in paths:
        for path in _in_folder(named) if named.is_dir() else [named]:
            real = resolved(path)
            if real not in seen:
                seen.add(real)
                yield path


def folders_of(path: Path) -> Iterator[Path]:
    """Yield the folders in which a path finds its files, or would find new ones."""
    if not path.is_dir():
        yield path.parent
    else:
        yield from (place for place, _ in _walked(path))


def _in_folder(folder: Path) -> Iterator[Path]:
    for place, names in _walked(folder):
        for name in sorted(names):
            if Path(name).suffix.lower() in SUFFIXES and not name.startswith("."):
                yield place / name


def _walked(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    for place, folders, names in os.walk(folder, onerror=_unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in PASSED_OVER)
        yield Path(place), names


def _unreadable(error: OSError) -> None:
    raise UsageError(f"the folder {error.filename} cannot be read: {error.strerror}") from error


def read_flow(path: Path) -> FlowFile:
    """Return what a file holds.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            # A pipe or a device may never come to an end.
            raise UsageError(f"the file {path} is not read: it is a pipe, a device or a socket; name a regular file")
        with path.open("rb") as file:
            # One byte more than a flow may have is enough for the language to refuse it.
            source = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"the file {path} cannot be read: {error.strerror}") from error
    try:
        examined = examine_flow(source, file=_encodable(path))
    except FlowInvalidError as error:
        return FlowFile(path, source, None, error.diagnostics)
    return FlowFile(path, source, None if examined.faults else examined.flow, examined.faults, examined)
