"""Where a server keeps its data when nobody says where; read also by commands that look for it."""

from collections.abc import Mapping
from pathlib import Path


def default_data_folder(environment: Mapping[str, str]) -> Path:
    """By the XDG rules: relative paths count as unset."""
    named = Path(environment.get("XDG_DATA_HOME", ""))
    return (named if named.is_absolute() else Path.home() / ".local" / "share") / "testmesh"
