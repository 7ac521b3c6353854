"""Folders of one command that are gone when it ends, also where it ends at once."""

import os
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from testmesh_cli.exit_codes import ExitCode

_folders: set[Path] = set()
"""All that are there; they are the process's, as its end is."""


def make_scratch(prefix: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    _folders.add(folder)
    return folder


def remove_scratch(folder: Path) -> None:
    _folders.discard(folder)
    shutil.rmtree(folder, ignore_errors=True)


def end_at_once(code: ExitCode) -> NoReturn:
    """End the process without waiting for anything: a step that does not let go must not keep it."""
    for folder in tuple(_folders):
        remove_scratch(folder)
    with suppress(OSError, ValueError):  # nobody may be there any more to read it
        sys.stdout.flush()
    os._exit(code)
