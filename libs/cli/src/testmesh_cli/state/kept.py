"""A small JSON document that one run leaves to the next: replaced whole, versioned, checked when it is read."""

import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

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
    part: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        part = Path(name)
        with os.fdopen(number, "w", encoding="utf-8", errors="surrogatepass") as file:
            file.write(f"{text}\n")
        # mkstemp makes files for one user alone; this one may be committed, or restored by another.
        part.chmod(0o644)
        part.replace(path)
    except OSError as error:
        if part is not None:
            with suppress(OSError):
                part.unlink(missing_ok=True)
        raise KeptError(f"{path} cannot be written: {error.strerror or error}") from error
