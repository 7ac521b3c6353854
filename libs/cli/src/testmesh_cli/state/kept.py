"""A small JSON document that one run leaves to the next: replaced whole, versioned, checked when it is read."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from testmesh_cli.replacing import replace_file

VERSION = 1


class KeptError(Exception):
    """A document that cannot be read, or cannot be written; a run goes on without it."""


def read_kept(path: Path) -> dict[str, Any] | None:
    """Return the document; none where there is no such file.

    Raises:
        KeptError: there is a file, and it is not one of these.
    """
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise KeptError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise KeptError(f"{path} holds no JSON: {error}") from error
    if not isinstance(found, dict) or found.get("version") != VERSION:
        raise KeptError(f"{path} is none of this release's: it says no version {VERSION}")
    return found


def write_kept(path: Path, document: Mapping[str, Any]) -> None:
    """Put a document in the place of the one before; whoever reads meanwhile reads one of the two.

    Raises:
        KeptError: it cannot be written; the one before is as it was.
    """
    text = json.dumps({"version": VERSION, **document}, ensure_ascii=False, indent=1, sort_keys=True)
    try:
        replace_file(path, f"{text}\n".encode("utf-8", "surrogatepass"))
    except OSError as error:
        raise KeptError(f"{path} cannot be written: {error.strerror or error}") from error


def is_there(path: Path) -> bool:
    """Say whether a file that a document names is there; one that nobody may look at is taken to be."""
    try:
        return path.exists()
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
