"""What is set of a browser outside of flows."""

from dataclasses import dataclass
from typing import Final

CHROMIUM_VARIABLE: Final = "TESTMESH_CHROMIUM"
SLOTS_VARIABLE: Final = "TESTMESH_RUNNER_BROWSER_SLOTS"


@dataclass(frozen=True, slots=True)
class BrowserSettings:
    """Which Chromium, and in how many executions it is used at once."""

    chromium: str | None = None
    """Its path; None: the one on the PATH, or else Playwright's own."""
    slots: int = 2
