"""A step's work on the page as it goes on: its time, and what it found."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Final

from playwright.async_api import Page

from testmesh_engine.actions.browser import BrowserConfig, BrowserFile, Deed
from testmesh_engine.browser.captured import shown_url
from testmesh_engine.browser.locating import way_of, words_for
from testmesh_engine.browser.session import Session
from testmesh_sdk import ActionContext, format_duration

PATIENCE_S: Final = 10.0
"""How long an element is waited for, where nothing else is said and the step has that much time."""
_TO_TELL_S: Final = 1.0
"""What is kept of the step's time to say what was waited for."""


@dataclass(slots=True)
class Found:
    """What actions read, for the step's result."""

    text: str | None = None
    value: Any = None
    status: int | None = None
    screenshots: list[BrowserFile] = field(default_factory=list)
    downloads: list[BrowserFile] = field(default_factory=list)


@dataclass(slots=True)
class Work:
    """One step's actions, one after the other."""

    config: BrowserConfig
    context: ActionContext
    session: Session
    found: Found = field(default_factory=Found)

    @property
    def page(self) -> Page:
        return self.session.current()

    def seconds(self, deed: Deed, most: float | None = PATIENCE_S) -> float:
        """Return how long an action may wait; `most` bounds it where the flow says nothing."""
        given = deed.timeout if deed.timeout is not None else self.config.timeout
        wanted = most if given is None else given
        if self.context.deadline is None:
            return wanted or 24 * 3600.0
        left = self.context.deadline - asyncio.get_running_loop().time()
        left = max(left - _TO_TELL_S, left * 0.8, 0.001)
        return left if wanted is None else min(wanted, left)

    def took(self, deed: Deed, most: float | None = PATIENCE_S) -> str:
        """Return that time in words, for messages."""
        return format_duration(round(self.seconds(deed, most), 1) or 0.1)

    def milliseconds(self, deed: Deed, most: float | None = PATIENCE_S) -> float:
        return max(self.seconds(deed, most) * 1000, 1.0)


def doing(deed: Deed) -> str:
    """Return what an action does, as messages and the activity say it."""
    if deed.action in ("goto", "assert_url"):
        return f"{deed.action} {shown_url(str(deed.url))}"
    if deed.action == "press":
        return f"press {deed.key}" + (f" in {words_for(deed)}" if way_of(deed) else "")
    more = {"assert_title": deed.title, "switch_page": deed.page}.get(str(deed.action))
    if more is not None:
        return f"{deed.action} {more}"
    about = words_for(deed) if way_of(deed) is not None else ""
    if deed.action == "wait_for" and not about:
        about = str(deed.url or deed.state or "the expression")
    return f"{deed.action} {about}".strip()
