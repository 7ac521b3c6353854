"""Which Chromium: the one that is set, the one on the PATH, or Playwright's own."""

import os
import shutil
from pathlib import Path
from typing import Final

from testmesh_engine.browser.settings import CHROMIUM_VARIABLE
from testmesh_sdk import ActionError

NAMES: Final = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_TODO = (
    "install one (on Debian: apt-get install chromium; elsewhere: python -m playwright install chromium), or set "
    f"{CHROMIUM_VARIABLE} to the path of one"
)


def installed_chromium(given: str | None) -> str | None:
    """Return the path of the Chromium that is set, or else of one on the PATH; None where there is none.

    Raises:
        ActionError: the one that is set is none.
    """
    if given is not None:
        found = shutil.which(given)
        if found is None:
            raise ActionError("TM550", f"{CHROMIUM_VARIABLE} is {given!r}, and that is no program; {_TODO}")
        return found
    for name in NAMES:
        found = shutil.which(name)
        if found is not None:
            return found
    return None


def own_chromium(path: str) -> str:
    """Return the path of Playwright's own Chromium.

    Raises:
        ActionError: it is not installed.
    """
    if path and Path(path).is_file() and os.access(path, os.X_OK):
        return path
    looked = f"no {', '.join(NAMES)} on the PATH, and none of Playwright's own"
    raise ActionError("TM550", f"there is no browser: {looked}; {_TODO}")
