"""Where the state of runs is: `.testmesh` beside the project's `.testmesh.yaml`, else in the current folder."""

import os
from pathlib import Path

from testmesh_cli.configuration.files import ConfigFiles
from testmesh_cli.sources import FlowFile, resolved
from testmesh_cli.state.kept import KeptError

FOLDER = ".testmesh"
IGNORED = "# Made by testmesh: the state of runs on this machine.\n*\n"


def state_folder(files: ConfigFiles) -> Path:
    """Return the folder, which need not be there yet."""
    return (files.folder if files.project is None else files.project.parent) / FOLDER


def prepare(folder: Path) -> None:
    """Make the folder, and have version control pass over it.

    Raises:
        KeptError: it cannot be made.
    """
    ignore = folder / ".gitignore"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not ignore.exists():
            ignore.write_text(IGNORED, encoding="utf-8")
    except OSError as error:
        raise KeptError(f"{folder} cannot be made: {error.strerror or error}") from error


def key_of(file: FlowFile, root: Path) -> str:
    """Return how a file is called in the state: by its path from the project's folder, alike on every machine."""
    return Path(os.path.relpath(resolved(file.path), root)).as_posix()
