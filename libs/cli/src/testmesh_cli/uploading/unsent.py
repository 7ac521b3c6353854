"""Results that are not on the server yet: a file each, there before it is sent, gone when the server has it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from testmesh_cli.configuration.files import ConfigFiles
from testmesh_cli.errors import UsageError
from testmesh_cli.replacing import replace_file
from testmesh_cli.state.folder import prepare, state_folder
from testmesh_cli.state.kept import KeptError

UNSENT = "unsent"


class Unsent(NamedTuple):
    """A result that waits: its file, its id, the name of its flow."""

    path: Path
    execution_id: str
    flow_name: str
    data: bytes | None = None
    """The result itself, where there is no file of it: none could be written."""


def unsent_folder(files: ConfigFiles) -> Path:
    """Return where results of this project wait; it need not be there yet."""
    folder, here = state_folder(files) / UNSENT, Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def keep(folder: Path, execution_id: str, flow_name: str, data: bytes) -> Unsent:
    """Write a result into the folder, whole or not at all, for its owner alone: it may say what is nobody's business.

    Raises:
        KeptError: it cannot be written.
    """
    prepare(folder.parent)
    path = folder / f"{execution_id}.json"
    try:
        replace_file(path, data, private=True)
    except OSError as error:
        raise KeptError(f"{path} cannot be written: {error.strerror or error}") from error
    return Unsent(path, execution_id, flow_name)


def waiting(folder: Path) -> Iterator[Path]:
    """Yield the files that wait in a folder, oldest first."""
    if folder.is_dir():
        yield from sorted(path for path in folder.glob("*.json") if path.is_file())


def read(path: Path) -> Unsent:
    """Return the result in a file.

    Raises:
        UsageError: it is none.
    """
    try:
        found = json.loads(path.read_bytes())
        return Unsent(path, str(UUID(found["id"])), str(found["flow_name"]))
    except OSError as error:
        raise UsageError(f"the file {path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"the file {path} is no result that waits to be uploaded; `testmesh run --upload` leaves such files in "
            ".testmesh/unsent"
        ) from error
