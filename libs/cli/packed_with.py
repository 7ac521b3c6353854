# noqa: INP001 - a script of the build, no part of the package
"""Packs the demo shop, its flows and the pages for users into the wheel; an editable install finds them in place."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path("../..")
FOLDERS = {
    "examples/demo/shop": "testmesh_cli/demo/shop",
    "examples/demo/flows": "testmesh_cli/demo/flows",
    "docs/actions": "testmesh_cli/pages/actions",
    "docs/language": "testmesh_cli/pages/language",
}


class PackedWith(BuildHookInterface[Any]):
    """Hatchling looks for the one hook of this file."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable":
            folders = {str(Path(self.root, ROOT, source)): target for source, target in FOLDERS.items()}
            build_data["force_include"].update(folders)
