"""Which element an action means: found in one way, named in the words of the flow, and one only."""

import json
from typing import Any, Final, cast

from playwright.async_api import Error, Frame, FrameLocator, Locator, Page

from testmesh_engine.actions.browser import Deed
from testmesh_engine.actions.browser_words import DEEDS, LOCATORS
from testmesh_engine.browser.nearest import nearest_by_name, nearest_selectors
from testmesh_engine.expressions.errors import cut
from testmesh_sdk import ActionError, ActionFailure

_MOST_SHOWN: Final = 5
_LONGEST: Final = 120
_SHOWN: Final = """(elements, most) => elements.slice(0, most).map(element => {
    const kept = ['id', 'class', 'type', 'name', 'role', 'aria-label', 'data-testid', 'href'];
    const said = kept.filter(key => element.getAttribute(key)).map(key => ` ${key}="${element.getAttribute(key)}"`);
    const text = (element.innerText || '').replace(/\\s+/g, ' ').trim();
    return `<${element.localName}${said.join('')}>${text}`;
})"""


def way_of(deed: Deed) -> str | None:
    """Return the key by which an action finds its element; None where it has none."""
    needs = DEEDS[deed.action].needs if deed.action else ()
    return next((key for key in LOCATORS if key not in needs and getattr(deed, key) is not None), None)


def words_for(deed: Deed) -> str:
    """Return what the element is called in messages: `button "Save"`, `label "Email"`, `#total`."""
    way = way_of(deed)
    if way is None:
        return "the page"
    words = _found_by(way, deed)
    inside = [f"in the frame {deed.frame}" if deed.frame else "", f"within {deed.within}" if deed.within else ""]
    number = f"(number {deed.nth}, from 0)" if deed.nth is not None else ""
    return " ".join(part for part in (words, *inside, number) if part)


def _found_by(way: str, deed: Deed) -> str:
    value = str(getattr(deed, way))
    if way == "selector":
        return value
    if way == "role":
        return value if deed.name is None else f"{value} {_quoted(deed.name)}"
    return f"{'test id' if way == 'test_id' else way} {_quoted(value)}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def locate(page: Page, deed: Deed) -> Locator:
    """Return the locator of an action's element; of one without, the body."""
    root: Page | FrameLocator | Locator = page.frame_locator(deed.frame) if deed.frame else page
    root = root.locator(deed.within) if deed.within else root
    way = way_of(deed)
    found = root.locator("body") if way is None else _located(root, way, deed)
    return found if deed.nth is None else found.nth(deed.nth)


def _located(root: Page | FrameLocator | Locator, way: str, deed: Deed) -> Locator:
    value, exact = str(getattr(deed, way)), deed.exact or None
    match way:
        case "role":
            return root.get_by_role(cast("Any", value), name=deed.name, exact=exact)
        case "label":
            return root.get_by_label(value, exact=exact)
        case "placeholder":
            return root.get_by_placeholder(value, exact=exact)
        case "test_id":
            return root.get_by_test_id(value)
        case "text":
            return root.get_by_text(value, exact=exact)
    return root.locator(value)


async def count_of(locator: Locator, what: str) -> int:
    """Return how many elements there are now.

    Raises:
        ActionError: the selector cannot be read.
    """
    try:
        return await locator.count()
    except Error as error:
        raise unreadable(error, what) or error from error


def unreadable(error: Error, what: str) -> ActionError | None:
    """Return what is wrong with a selector, if the error says that."""
    said = error.message
    if not any(sign in said for sign in ("selector", "Unknown engine", "Unexpected token", "role must")):
        return None
    if "strict mode" in said or "waiting for" in said.partition("Call log")[0]:
        return None
    first = said.splitlines()[0].partition(": ")[2] or said.splitlines()[0]
    return ActionError("TM563", f"{what}: the selector cannot be read: {first}; look at its brackets and quotes")


async def refuse_several(locator: Locator, doing: str) -> None:
    """Return if the locator finds at most one element.

    Raises:
        ActionFailure: it finds several; both are shown.
    """
    try:
        shown = [cut(str(each), _LONGEST) for each in await locator.evaluate_all(_SHOWN, _MOST_SHOWN)]
        count = await locator.count()
    except Error:
        return
    if count > 1:
        them = "\n".join(f"  {number}) {each}" for number, each in enumerate(shown))
        more = f"\n  … {count - len(shown)} more" if count > len(shown) else ""
        advice = "say more of the one that is meant (exact, within, a name), or take one by nth"
        raise ActionFailure(f"{doing}: {count} elements are meant, and it has to be one: {advice}\n{them}{more}")


async def nearest(page: Page, deed: Deed) -> str:
    """Return what on the page is like what was looked for; empty where nothing is."""
    way = way_of(deed)
    root: Page | Frame | Locator | FrameLocator = page.frame_locator(deed.frame) if deed.frame else page
    try:
        if way == "selector":
            found = await nearest_selectors(root.locator("body"), str(deed.selector))
        elif way is not None:
            found = await nearest_by_name(root.locator("body"), way, deed)
        else:
            return ""
    except Error:
        return ""
    return f"nearest: {', '.join(found)}" if found else "nothing on the page is like it"
