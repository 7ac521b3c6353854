"""An action that the browser did not carry out, explained: what was not there, or what was in the way."""

from playwright.async_api import Error
from playwright.async_api import TimeoutError as NotInTimeError

from testmesh_engine.actions.browser import Deed
from testmesh_engine.browser.captured import shown_url
from testmesh_engine.browser.faults import said, why_not
from testmesh_engine.browser.locating import count_of, locate, nearest, refuse_several, unreadable, way_of, words_for
from testmesh_engine.browser.work import Work, doing
from testmesh_sdk import ActionError, ActionFailure, format_duration

_ENDED = ("has been closed", "Target crashed", "Page crashed")


def has_ended(error: Error) -> bool:
    """Say whether the page, the browser or its driver is gone."""
    return any(sign in error.message for sign in _ENDED)


async def explain(error: Error, work: Work, deed: Deed, seconds: float) -> ActionError | ActionFailure:
    """Return the error of an action that had so many seconds."""
    if has_ended(error):
        why = work.session.broken or "the page was closed, or the browser has ended"
        return ActionError("TM555", f"{doing(deed)}: {why}; the next step with a browser begins with an empty page")
    if isinstance(error, NotInTimeError):
        return await _not_in_time(error, work, deed, seconds)
    if "strict mode violation" in error.message:
        await refuse_several(locate(work.page, deed), doing(deed))
        return ActionFailure(f"{doing(deed)}: {said(error)}")
    if (fault := unreadable(error, doing(deed))) is not None:
        return fault
    if deed.action in ("evaluate", "wait_for"):
        return ActionError("TM556", f"{doing(deed)}: the script failed: {said(error)}")
    return ActionError("TM565", f"{doing(deed)}: the browser refused: {said(error)}")


async def _not_in_time(error: Error, work: Work, deed: Deed, seconds: float) -> ActionFailure:
    took = format_duration(round(seconds, 1) or 0.1)
    if way_of(deed) is None:
        return ActionFailure(f"{doing(deed)}: it was not so within {took}")
    element = locate(work.page, deed)
    if (count := await count_of(element, doing(deed))) > 1:
        await refuse_several(element, doing(deed))
    if count == 0:
        missing = f"nothing like {words_for(deed)} was there within {took}"
        return ActionFailure(f"{doing(deed)}: {missing}; {await nearest(work.page, deed)}")
    why = why_not(error)
    return ActionFailure(f"{doing(deed)}: it was there, and not ready within {took}" + (f": {why}" if why else ""))


def circumstances(work: Work) -> str:
    """Return where it happened, and what the page itself complains of, as the end of a message."""
    page = work.session.page
    if page is None or work.session.broken:
        return ""
    if page.url == "about:blank":
        return "; no page was opened yet: begin with goto" if not work.session.has_been_somewhere else ""
    troubles = work.session.captured.troubles()
    return f"; on {shown_url(page.url)}" + (f"; {troubles}" if troubles else "")
