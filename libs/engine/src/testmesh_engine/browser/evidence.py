"""What shows why a page's step did not pass: a picture of it, and a trace of what led there."""

import asyncio
import tempfile
from pathlib import Path
from typing import Final

from playwright.async_api import Error, Page

from testmesh_engine.actions.browser import BrowserFile
from testmesh_engine.browser.files import kept
from testmesh_engine.browser.session import NoSessionError, Session, find_session
from testmesh_engine.regular_files import read_regular
from testmesh_sdk import ActionContext

TRACED_DEEDS: Final = 100
"""Actions that a trace goes back: an older beginning is forgotten, or it would grow with the flow."""
_MOST_BYTES: Final = 100 * 1024 * 1024
_PICTURE_MS: Final = 1500.0
_ARCHIVE: Final = "application/zip"


async def keep_evidence(context: ActionContext) -> None:
    """Attach a screenshot and a trace, as far as there is a page to make them of."""
    try:
        session = await find_session(context)
    except NoSessionError:
        return
    async with session.turn:
        page = None if session.broken else session.page
        if page is None or page.is_closed():
            return
        try:
            await kept(context, "failure.png", await _picture(page), "image/png")
        except Error as error:
            context.log("warning", f"the page let no picture be taken: {error.message.splitlines()[0]}")
        await keep_trace(session, context, "trace.zip")


async def _picture(page: Page) -> bytes:
    """Return a picture; a page that goes to another just now is asked once more."""
    try:
        return await page.screenshot(timeout=_PICTURE_MS)
    except Error:
        return await page.screenshot(timeout=_PICTURE_MS)


async def keep_trace(session: Session, context: ActionContext, name: str) -> BrowserFile:
    """Attach what was traced since the last trace, and go on tracing."""
    with tempfile.TemporaryDirectory(prefix="testmesh-trace-") as folder:
        path = Path(folder) / "trace.zip"
        await session.context.tracing.stop_chunk(path=path)
        await session.context.tracing.start_chunk()
        session.traced = 0
        data = await asyncio.to_thread(read_regular, path, _MOST_BYTES)
    return await kept(context, name, data, _ARCHIVE)


async def forget_old_trace(session: Session, deeds: int) -> None:
    """Begin the trace anew where it has become long."""
    session.traced += deeds
    if session.traced > TRACED_DEEDS:
        await session.context.tracing.stop_chunk()
        await session.context.tracing.start_chunk()
        session.traced = deeds
