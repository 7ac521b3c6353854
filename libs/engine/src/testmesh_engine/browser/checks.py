"""The actions that judge: each looks until it is so, or says after its time what is there instead."""

import json
from typing import Any, Final

from playwright.async_api import Error, Locator, Page
from playwright.async_api import TimeoutError as NotInTimeError

from testmesh_engine.actions.browser import Deed
from testmesh_engine.browser.captured import shown_url
from testmesh_engine.browser.locating import count_of, locate, nearest, refuse_several, way_of, words_for
from testmesh_engine.browser.patterns import is_like, matches
from testmesh_engine.browser.waiting import Look, until
from testmesh_engine.browser.work import Work, doing
from testmesh_sdk import ActionFailure, format_duration

_LOOK_MS: Final = 1000
_LONGEST: Final = 500
_NOT_THERE: Final = object()
_STATES: Final = {
    "assert_visible": "visible",
    "assert_hidden": "hidden",
    "assert_enabled": "enabled",
    "assert_disabled": "disabled",
    "assert_checked": "checked",
    "assert_unchecked": "unchecked",
}


async def check_state(work: Work, deed: Deed) -> None:
    wanted = _STATES[str(deed.action)]
    element = locate(work.page, deed)

    async def look() -> tuple[bool, Any]:
        found = await _state(element, deed, wanted)
        return found == wanted or (wanted == "hidden" and found is _NOT_THERE), found

    await _holds(work, deed, look, wanted)


async def _state(element: Locator, deed: Deed, wanted: str) -> Any:
    async def read() -> str:
        if wanted in ("visible", "hidden"):
            return "visible" if await element.is_visible() else "hidden"
        if wanted in ("enabled", "disabled"):
            return "enabled" if await element.is_enabled(timeout=_LOOK_MS) else "disabled"
        return "checked" if await element.is_checked(timeout=_LOOK_MS) else "unchecked"

    return await _of_one(element, deed, read)


async def check_text(work: Work, deed: Deed) -> None:
    wanted, element = _spaced(deed.text or ""), locate(work.page, deed)

    async def look() -> tuple[bool, Any]:
        found = await _of_one(element, deed, lambda: element.inner_text(timeout=_LOOK_MS))
        if found is _NOT_THERE:
            return False, found
        shown = _spaced(found)
        return shown == wanted if deed.exact else wanted in shown, shown

    await _holds(work, deed, look, f"{'' if deed.exact else 'a text with '}{_quoted(wanted)}")


async def check_value(work: Work, deed: Deed) -> None:
    element = locate(work.page, deed)
    wanted = deed.value if isinstance(deed.value, list) else str(deed.value)
    script = "e => e.multiple && e.selectedOptions ? [...e.selectedOptions].map(o => o.value) : e.value ?? null"

    async def look() -> tuple[bool, Any]:
        found = await _of_one(element, deed, lambda: element.evaluate(script, timeout=_LOOK_MS))
        return found == wanted, found

    await _holds(work, deed, look, f"the value {_quoted(wanted)}")


async def check_url(work: Work, deed: Deed) -> None:
    page, wanted = work.page, deed.url or ""

    async def look() -> tuple[bool, Any]:
        return is_like(page.url, wanted), shown_url(page.url)

    await _holds(work, deed, look, f"the url {wanted}")


async def check_title(work: Work, deed: Deed) -> None:
    page, wanted = work.page, deed.title or ""

    async def look() -> tuple[bool, Any]:
        found = await page.title()
        return matches(found, wanted), found

    await _holds(work, deed, look, f"the title {_quoted(wanted)}")


async def check_count(work: Work, deed: Deed) -> None:
    element = locate(work.page, deed)

    async def look() -> tuple[bool, Any]:
        found = await count_of(element, doing(deed))
        return found == deed.count, found

    await _holds(work, deed, look, f"{deed.count} of them")


async def _of_one(element: Locator, deed: Deed, read: Any) -> Any:
    """Return what is read of the element, if it is there; several are refused."""
    count = await count_of(element, doing(deed))
    if count > 1:
        await refuse_several(element, doing(deed))
    if count == 0:
        return _NOT_THERE
    try:
        return await read()
    except NotInTimeError:  # it has gone since
        return _NOT_THERE


async def _holds(work: Work, deed: Deed, look: Look, wanted: str) -> None:
    """Return once it is so.

    Raises:
        ActionFailure: it was not, all the time.
    """
    page, seconds = work.page, work.seconds(deed)

    async def careful() -> tuple[bool, Any]:
        try:
            return await look()
        except Error as error:
            if "Execution context was destroyed" in error.message:  # the page goes to another just now
                return False, "a page that is loading"
            raise

    holds, seen = await until(careful, seconds)
    if not holds:
        raise ActionFailure(await _difference(page, deed, wanted, seen, seconds))


async def _difference(page: Page, deed: Deed, wanted: str, seen: Any, seconds: float) -> str:
    took = format_duration(round(seconds, 1) or 0.1)
    start = f"{doing(deed)}: expected {wanted}, and for {took}"
    if seen is _NOT_THERE:
        return f"{start} nothing like {words_for(deed)} was there; {await nearest(page, deed)}"
    found = seen if deed.action in _STATES or deed.action == "assert_count" else _quoted(seen)
    about = await nearest(page, deed) if deed.action == "assert_count" and seen == 0 and way_of(deed) else ""
    return f"{start} there was {found}" + (f"; {about}" if about else "")


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _quoted(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
