"""Waiting until something is so on the page."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from testmesh_engine.actions.browser import Deed
from testmesh_engine.browser.captured import shown_url
from testmesh_engine.browser.locating import count_of, locate, refuse_several, way_of, words_for
from testmesh_engine.browser.patterns import is_like
from testmesh_engine.browser.work import Work, doing
from testmesh_sdk import ActionFailure, format_duration

PAUSE_S: Final = 0.05
Look = Callable[[], Awaitable[tuple[bool, Any]]]
"""Says whether it is so, and what is there."""


async def until(look: Look, seconds: float) -> tuple[bool, Any]:
    """Look until it is so or the time is up; return what the last look saw."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + seconds
    while True:
        holds, seen = await look()
        if holds or loop.time() >= ends:
            return holds, seen
        await asyncio.sleep(PAUSE_S)


async def wait_for(work: Work, deed: Deed) -> None:
    seconds = work.seconds(deed)
    if deed.url is not None:
        wanted = deed.url
        await _until_url(work, wanted, seconds)
    elif deed.expression is not None:
        await work.page.wait_for_function(deed.expression, arg=deed.argument, timeout=seconds * 1000)
    elif way_of(deed) is None:
        state: Any = deed.state
        await work.page.wait_for_load_state(state, timeout=seconds * 1000)
    else:
        await _until_state(work, deed, seconds)


async def _until_url(work: Work, wanted: str, seconds: float) -> None:
    page = work.page

    async def look() -> tuple[bool, Any]:
        return is_like(page.url, wanted), page.url

    holds, seen = await until(look, seconds)
    if not holds:
        took = format_duration(round(seconds, 1) or 0.1)
        raise ActionFailure(f"wait_for the url {wanted}: after {took} it is {shown_url(str(seen))}")


async def _until_state(work: Work, deed: Deed, seconds: float) -> None:
    state = deed.state or "visible"
    element = locate(work.page, deed)
    if state not in ("hidden", "detached"):
        await element.wait_for(state=state, timeout=seconds * 1000)  # type: ignore[arg-type] # of elements alone here
        return

    async def look() -> tuple[bool, Any]:
        count = await count_of(element, doing(deed))
        if count > 1:
            await refuse_several(element, doing(deed))
        return count == 0 or (state == "hidden" and not await element.is_visible()), count

    holds, _ = await until(look, seconds)
    if not holds:
        took = format_duration(round(seconds, 1) or 0.1)
        raise ActionFailure(f"wait_for {words_for(deed)}: it was not {state} after {took}, but still there")
