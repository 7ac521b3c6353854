"""Going to an address, and back."""

from typing import Final
from urllib.parse import urlsplit

from playwright.async_api import Error, Response

from testmesh_engine.actions.browser import Deed
from testmesh_engine.actions.http_request import hide_password
from testmesh_engine.browser.faults import explain_navigation
from testmesh_engine.browser.work import Work, doing
from testmesh_engine.egress.proxy import OWN_WORDS
from testmesh_sdk import ActionError

_SCHEMES: Final = ("http", "https", "data", "about")
_AGAIN: Final = 'interrupted by another navigation to "chrome-error:'
_TRIES: Final = 3


async def goto(work: Work, deed: Deed) -> None:
    url = deed.url or ""
    _refuse_scheme(url, may_open_files=work.context.local_files)
    page, traced = work.page, work.context.traceparent
    if traced is not None:  # of the page alone: scripts' requests to others would have to be allowed it by CORS
        await page.set_extra_http_headers({"traceparent": traced})
    try:
        first = "commit" if traced is not None else deed.wait_until
        for tried in range(1, _TRIES + 1):
            try:
                response = await page.goto(url, wait_until=first, timeout=work.milliseconds(deed, None))
            except Error as error:
                if _AGAIN in error.message and tried < _TRIES:
                    continue  # what came before showed an error page, and the browser was still at it
                raise explain_navigation(error, doing(deed), work.seconds(deed, None)) from error
            break
    finally:
        if traced is not None and not page.is_closed():
            await page.set_extra_http_headers({})
    if traced is not None and deed.wait_until != "commit":
        await page.wait_for_load_state(deed.wait_until, timeout=work.milliseconds(deed, None))
    await _look_at(work, deed, response)


async def move(work: Work, deed: Deed) -> None:
    """Reload, or go back or forward."""
    page, most = work.page, work.milliseconds(deed, None)
    way = {"reload": page.reload, "back": page.go_back, "forward": page.go_forward}[str(deed.action)]
    try:
        response = await way(wait_until=deed.wait_until, timeout=most)
    except Error as error:
        raise explain_navigation(error, doing(deed), work.seconds(deed, None)) from error
    await _look_at(work, deed, response)


def _refuse_scheme(url: str, *, may_open_files: bool) -> None:
    scheme = urlsplit(url.strip()).scheme.lower()
    if scheme in _SCHEMES or (scheme == "file" and may_open_files):
        return
    if scheme == "file":
        raise ActionError("TM557", f"goto {url} was refused: this server lets no flow open its files")
    shown = hide_password(url)
    raise ActionError("TM557", f"goto {shown!r} was refused: an address begins with http:// or https://")


async def _look_at(work: Work, deed: Deed, response: Response | None) -> None:
    """Take the status; a proxy's own word is no page."""
    if response is None:
        return
    own = work.session.proxy is not None and await response.header_value(OWN_WORDS) == "testmesh"
    if own and not work.session.has_refusals:
        said = (await response.text()).strip()
        raise ActionError("TM552", f"{doing(deed)}: the page was not reached: {said}")
    work.found.status = response.status
