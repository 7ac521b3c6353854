"""Writes the files of a project: none that is there is changed unattended, and what happened to each is told."""

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from testmesh_cli.errors import UsageError
from testmesh_cli.projects.files import NewFile
from testmesh_cli.replacing import replace_file

Outcome = Literal["new", "kept", "same", "replaced", "extended"]


class InTheWayError(UsageError):
    """A folder is wanted where a file is, or the other way about; nothing was written."""

    code = "in_the_way"

    def __init__(self, path: Path, wanted: str) -> None:
        there = "a folder" if path.is_dir() else "no folder"
        super().__init__(
            f"a {wanted} is wanted at {path}, and there is {there} of that name; nothing was written: "
            "move it away, or name another folder"
        )


class NotWritableError(UsageError):
    """The system refuses a file; those before it were written."""

    code = "not_writable"

    def __init__(self, path: Path, error: OSError, written: int) -> None:
        super().__init__(f"{path} could not be written: {error.strerror}; {written} files were written before it")


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a file."""

    path: Path
    outcome: Outcome
    added: int = 0


def write_files(files: Sequence[NewFile], *, force: bool) -> list[Written]:
    """Write what is not there; with `force` also what is.

    Raises:
        InTheWayError: nothing was written.
        NotWritableError: some were written.
    """
    for file in files:
        _look(file.path)
    done: list[Written] = []
    for file in files:
        try:
            done.append(_write(file, force))
        except OSError as error:
            count = sum(one.outcome not in ("kept", "same") for one in done)
            raise NotWritableError(file.path, error, count) from error
    return done


def _look(path: Path) -> None:
    if path.is_dir():
        raise InTheWayError(path, "file")
    for parent in path.parents:
        if os.path.lexists(parent):
            if not parent.is_dir():
                raise InTheWayError(parent, "folder")
            return


def _write(file: NewFile, force: bool) -> Written:
    data = file.text.encode()
    file.path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError), file.path.open("xb") as new:
        new.write(data)
        return Written(file.path, "new")
    there = file.path.read_bytes() if file.path.exists() else b""
    if there == data:
        return Written(file.path, "same")
    if file.lines:
        return _extend(file, there)
    if not force:
        return Written(file.path, "kept")
    replace_file(file.path, data)
    return Written(file.path, "replaced")


def _extend(file: NewFile, there: bytes) -> Written:
    has = {line.strip().strip(b"/") for line in there.splitlines()}
    lines = [line for line in file.text.encode().splitlines() if line.strip(b"/") not in has]
    if not lines:
        return Written(file.path, "same")
    ending = b"" if there.endswith(b"\n") or not there else b"\n"
    with file.path.open("ab") as end:
        end.write(ending + b"".join(line + b"\n" for line in lines))
    return Written(file.path, "extended", len(lines))
