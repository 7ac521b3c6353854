# noqa: INP001 - a script of the build, no part of the package
"""Packs the demo shop and its flows into the wheel; an editable install finds them in the source tree."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

DEMO = Path("../../examples/demo")


class WithDemo(BuildHookInterface[Any]):
    """Hatchling looks for the one hook of this file."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable":
            folders = {str(Path(self.root, DEMO, name)): f"testmesh_cli/demo/{name}" for name in ("shop", "flows")}
            build_data["force_include"].update(folders)
