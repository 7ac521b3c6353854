"""All that a browser has to do with the process's environment: the one place where it is read."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from testmesh_engine.browser.settings import CHROMIUM_VARIABLE, BrowserSettings

_OWN: Final = "TESTMESH_"
_PLAYWRIGHTS_FOLDER: Final = "PLAYWRIGHT_BROWSERS_PATH"


def settings_of_process() -> BrowserSettings:
    """Return what holds where nobody says more: in a command of the person whose machine it is."""
    return BrowserSettings(os.environ.get(CHROMIUM_VARIABLE) or None, max(2, os.cpu_count() or 1))


def environment_of_browser() -> dict[str, str | float | bool]:
    """Return what a browser is started with: nothing of what is set for TestMesh."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_OWN)}


def names_playwrights_folder() -> bool:
    """Say whether somebody has said where Playwright's programs are."""
    return _PLAYWRIGHTS_FOLDER in os.environ


@contextmanager
def playwrights_folder(folder: str) -> Iterator[None]:
    """Let a driver that is started in the block look for Playwright's programs in a folder."""
    os.environ[_PLAYWRIGHTS_FOLDER] = folder
    try:
        yield
    finally:
        os.environ.pop(_PLAYWRIGHTS_FOLDER, None)
