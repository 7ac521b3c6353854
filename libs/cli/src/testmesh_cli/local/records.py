"""Small private JSON files: what one start of the server leaves for the next, and for scripts."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from testmesh_cli.local.errors import DataFolderError
from testmesh_cli.replacing import replace_file


def write_record(path: Path, content: Mapping[str, Any]) -> None:
    """Replace the file at once, for its owner alone: a reader sees the old or the new, never a part."""
    text = json.dumps(content, indent=2, sort_keys=True)
    replace_file(path, f"{text}\n".encode(), private=True, durable=True)


def read_record(path: Path) -> dict[str, Any]:
    """What the file says; nothing where there is no file."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except PermissionError as error:
        raise DataFolderError(
            path.parent, f"{path.name} cannot be read by this user", "Start as the user that made the folder."
        ) from error
    except ValueError as error:
        raise DataFolderError(
            path.parent, f"{path.name} is not JSON ({error})", "Restore that file, or choose another --data."
        ) from error
    if not isinstance(content, dict):
        raise DataFolderError(path.parent, f"{path.name} holds no JSON object", "Restore that file.")
    return content
