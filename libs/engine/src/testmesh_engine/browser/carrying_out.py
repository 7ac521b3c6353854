"""A step's actions on the execution's page, from its config to its result."""

import asyncio
from contextlib import suppress
from typing import Final

from playwright.async_api import Error, Page

from testmesh_engine.actions.browser import BrowserConfig, BrowserResult, Deed
from testmesh_engine.actions.http_request import hide_password
from testmesh_engine.browser.deeds import DOES
from testmesh_engine.browser.evidence import forget_old_trace, keep_trace
from testmesh_engine.browser.explaining import circumstances, explain, has_ended
from testmesh_engine.browser.files import kept_download
from testmesh_engine.browser.options import refuse_change
from testmesh_engine.browser.session import KEY, NoSessionError, Session, find_session, open_session
from testmesh_engine.browser.settings import BrowserSettings
from testmesh_engine.browser.work import Work, doing
from testmesh_engine.egress.passage import current
from testmesh_sdk import ActionContext, ActionError, ActionFailure, ActionTimeoutError

LONGEST_TEXT: Final = 64 * 1024
_SETTLED_S: Final = 5.0
_PAUSE_S: Final = 0.05


async def carry_out(config: BrowserConfig, context: ActionContext, settings: BrowserSettings) -> BrowserResult:
    """Do what a step says, on the page that is open, or on a new one.

    Raises:
        ActionFailure: something was not as the step says.
        ActionError: it could not be judged.
    """
    if config.fresh:
        with suppress(NoSessionError):
            (await find_session(context)).step = context
        await context.execution.drop(KEY)
    context.activity = "opening a page"
    session = await context.execution.get(KEY, lambda: open_session(config, context, settings), Session.close)
    context.activity = "waiting for another step that works on the page"
    async with session.turn:
        session.step = context
        try:
            return await _on(session, config, context)
        except Error as error:
            raise _gone(error, session, context) from error
        finally:
            if session.broken is not None:
                await context.execution.drop(KEY)


async def _on(session: Session, config: BrowserConfig, context: ActionContext) -> BrowserResult:
    refuse_change(config, session.opened_with)
    work = Work(config, context, session)
    if config.viewport is not None:
        await work.page.set_viewport_size(config.viewport.model_dump())  # type: ignore[arg-type] # a dict of its shape
    deeds = config.deeds
    await forget_old_trace(session, len(deeds))
    for number, deed in enumerate(deeds):
        place = "" if config.actions is None else f"actions[{number}] "
        await _do(work, deed, place)
    return await _result(work)


async def _do(work: Work, deed: Deed, place: str) -> None:
    """Carry out one action; what the policy refused meanwhile is told before all that came of it."""
    assert deed.action is not None
    work.context.activity = f"{place}{doing(deed)}"
    seconds = work.seconds(deed)
    work.session.has_been_somewhere = work.session.has_been_somewhere or deed.action == "goto"
    try:
        await DOES[deed.action](work, deed)
    except (Error, ActionError, ActionFailure) as error:
        _refuse(work)
        fault = await explain(error, work, deed, seconds) if isinstance(error, Error) else error
        if isinstance(error, Error) and has_ended(error):
            work.session.broken = work.session.broken or "the browser has ended"
        raise _placed(fault, place, circumstances(work)) from error
    _refuse(work)


def _placed(fault: ActionError | ActionFailure, place: str, where: str) -> ActionError | ActionFailure:
    first, _, rest = fault.message.partition("\n")
    message = f"{place}{first}{where}" + (f"\n{rest}" if rest else "")
    return ActionFailure(message) if isinstance(fault, ActionFailure) else type(fault)(fault.code, message)


def _refuse(work: Work) -> None:
    """Return if the policy refused nothing that the page asked for.

    Raises:
        EgressRefusedError: it did.
    """
    refused = work.session.take_refusals()
    if refused:
        current().refusal = refused[0].error  # so that no retry and no leave to fail covers it
        raise refused[0].error


def _gone(error: Error, session: Session, context: ActionContext) -> ActionError:
    """Return the error of a page that ended between two actions."""
    if has_ended(error):
        session.broken = session.broken or "the browser has ended"
        return ActionError("TM555", f"{context.activity}: {session.broken}")
    return ActionError("TM565", f"{context.activity}: the browser refused: {error.message.splitlines()[0]}")


async def _result(work: Work) -> BrowserResult:
    session, found, page = work.session, work.found, work.page
    work.context.activity = "reading the page"
    await _take_downloads(work)
    title, text = await _read(page, work)
    if found.text is not None:
        text = found.text
    _refuse(work)
    trace = await keep_trace(session, work.context, "trace.zip") if work.config.trace else None
    console, network, left_out = session.captured.take()
    dialogs, session.dialogs = session.dialogs, []
    return BrowserResult(
        url=hide_password(page.url),
        title=title,
        text=text[:LONGEST_TEXT],
        value=found.value,
        status=found.status,
        pages=len(session.pages),
        screenshot=found.screenshots[-1] if found.screenshots else None,
        screenshots=found.screenshots,
        downloads=found.downloads,
        dialogs=dialogs,
        console=console,
        network=network,
        left_out=left_out,
        trace=trace,
    )


async def _take_downloads(work: Work) -> None:
    """Keep the files that came without being asked for; one that is still coming is the next step's."""
    while work.session.downloads:
        try:
            async with asyncio.timeout(min(_SETTLED_S, work.seconds(work.config))):
                kept = await kept_download(work, work.session.downloads[0])
        except TimeoutError:
            return
        work.session.downloads.pop(0)
        work.found.downloads.append(kept)


async def _read(page: Page, work: Work) -> tuple[str, str]:
    """Return title and text; a page that goes to another just now is waited for."""
    script = "most => [document.title, (document.body?.innerText ?? '').slice(0, most)]"
    try:
        async with asyncio.timeout(work.seconds(work.config, _SETTLED_S)):
            while True:
                with suppress(_Moving):
                    title, text = await _evaluated(page, script)
                    return str(title), str(text)
                await asyncio.sleep(_PAUSE_S)
    except TimeoutError as error:
        message = "the page does not answer: a script of it keeps it busy, or it goes from page to page"
        raise ActionTimeoutError("TM564", f"reading the page: {message}") from error


class _Moving(Exception):  # noqa: N818 - a state, and no error
    """The page goes to another just now."""


async def _evaluated(page: Page, script: str) -> tuple[str, str]:
    try:
        title, text = await page.evaluate(script, LONGEST_TEXT)
    except Error as error:
        if "context was destroyed" in error.message or "navigating" in error.message:
            raise _Moving from error
        raise
    return title, text
