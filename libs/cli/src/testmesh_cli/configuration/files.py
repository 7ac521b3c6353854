"""Which files a configuration is made of, found from the folder that the command was started in."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from testmesh_cli.errors import UsageError

NAME = ".testmesh.yaml"
MISSPELT = ".testmesh.yml"
DOTENV = ".env"


class ConfigFiles(NamedTuple):
    """Paths; `project` and `dotenv` are None where there is no such file."""

    project: Path | None
    user: Path
    dotenv: Path | None
    folder: Path
    """Where `config set` makes a `.testmesh.yaml` if there is none."""


def find_files(folder: Path, environment: Mapping[str, str]) -> ConfigFiles:
    """Look for `.testmesh.yaml` in a folder and those above it, and for `.env` beside it, else in the folder itself.

    Raises:
        UsageError: there is one whose name ends in `.yml`; passed over, it would leave every setting out.
    """
    folder = folder.resolve()
    project = next((found for above in (folder, *folder.parents) if (found := _in(above)) is not None), None)
    dotenv = (folder if project is None else project.parent) / DOTENV
    return ConfigFiles(project, user_file(environment), dotenv if _is_file(dotenv) else None, folder)


def _in(folder: Path) -> Path | None:
    if _is_file(folder / NAME):
        return folder / NAME
    if _is_file(folder / MISSPELT):
        raise UsageError(f"the configuration {folder / MISSPELT} is not read: rename it to {NAME}")
    return None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        # A folder above that may not be looked into has nothing for this user.
        return False


def user_file(environment: Mapping[str, str]) -> Path:
    """Return the path of the user's own configuration, by the XDG rules: relative paths count as unset."""
    named = Path(environment.get("XDG_CONFIG_HOME", ""))
    return (named if named.is_absolute() else Path.home() / ".config") / "testmesh" / "config.yaml"
