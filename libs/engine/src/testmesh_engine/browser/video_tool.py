"""Playwright's way to ffmpeg, which writes videos: a folder that looks like its own, with a link to the one on PATH."""

import json
import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import playwright

from testmesh_engine.browser.environment import names_playwrights_folder, playwrights_folder

MISSING: Final = "a video needs ffmpeg, and there is none: install it (on Debian: apt-get install ffmpeg)"


class FfmpegLink:
    """The folder, for as long as a driver runs that was started `known` to it; without an ffmpeg, none."""

    def __init__(self) -> None:
        found = shutil.which("ffmpeg")
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        if found is not None and sys.platform == "linux" and not names_playwrights_folder():
            self._folder = tempfile.TemporaryDirectory(prefix="testmesh-ffmpeg-")
            home = Path(self._folder.name) / f"ffmpeg-{_revision()}"
            home.mkdir()
            (home / "ffmpeg-linux").symlink_to(found)

    def known(self) -> ExitStack:
        """Return a block in which a driver that starts learns of the folder."""
        stack = ExitStack()
        if self._folder is not None:
            stack.enter_context(playwrights_folder(self._folder.name))
        return stack

    def remove(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()


def _revision() -> str:
    known = json.loads((Path(playwright.__file__).parent / "driver/package/browsers.json").read_text())
    return next(str(each["revision"]) for each in known["browsers"] if each["name"] == "ffmpeg")
