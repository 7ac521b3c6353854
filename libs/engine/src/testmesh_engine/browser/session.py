"""The pages of one execution: kept over its steps, closed behind its teardown."""

import asyncio
from collections.abc import Awaitable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from playwright.async_api import BrowserContext, Dialog, Download, Error, Page

from testmesh_engine.actions.browser import BrowserConfig, ShownDialog
from testmesh_engine.browser.captured import Captured
from testmesh_engine.browser.options import options_of, said
from testmesh_engine.browser.process import close_context, runs_as_root, shared_browser
from testmesh_engine.browser.settings import BrowserSettings
from testmesh_engine.egress.proxy import GREETING, Proxy, RefusedTarget, filtering_proxy
from testmesh_engine.regular_files import read_regular
from testmesh_sdk import ActionContext, ActionError, OpenEgress

KEY: Final = "browser"
MOST_DIALOGS: Final = 50
_MOST_VIDEO: Final = 200 * 1024 * 1024
_GREETING_S: Final = 10.0


@dataclass  # without slots: Playwright writes down its own of whom it tells
class Session:
    """A context of the browser, and what it holds. One step at a time works on it."""

    context: BrowserContext
    opened_with: dict[str, Any]
    proxy: Proxy | None
    stack: AsyncExitStack
    step: ActionContext
    """The step that works on it now, or did so last: what closing the pages brings is its."""
    videos: Path | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    captured: Captured = field(default_factory=Captured)
    pages: list[Page] = field(default_factory=list)
    page: Page | None = None
    """The one that actions work on."""
    answer: tuple[str, str | None] = ("dismiss", None)
    """What dialogs are answered, and what is written into a prompt."""
    dialogs: list[ShownDialog] = field(default_factory=list)
    downloads: list[Download] = field(default_factory=list)
    broken: str | None = None
    """What ended that cannot go on."""
    refusals_told: int = 0
    has_been_somewhere: bool = False
    """Whether an address was opened."""
    traced: int = 0
    """How many actions the trace goes back."""
    _answering: set["asyncio.Future[None]"] = field(default_factory=set)

    def listen(self) -> None:
        self.captured.listen(self.context)
        self.context.on("page", self._opened)
        self.context.on("dialog", self._asked)
        self.context.on("close", lambda _: self._ends("the browser has ended"))

    def current(self) -> Page:
        """Return the page that actions work on; where it was closed, the last that is open.

        Raises:
            ActionError: none is.
        """
        if self.broken is not None:
            raise ActionError("TM555", f"{self.broken}; the next step with a browser begins with an empty page")
        if self.page is None or self.page.is_closed():
            self.page = self.pages[-1] if self.pages else None
        if self.page is None:
            raise ActionError("TM555", "every page was closed; set fresh: true to begin anew")
        return self.page

    @property
    def has_refusals(self) -> bool:
        """Whether the policy refused something that was not told yet."""
        return self.proxy is not None and len(self.proxy.refused) > self.refusals_told

    def take_refusals(self) -> list[RefusedTarget]:
        """Return where the pages wanted to go and may not, what was not told before."""
        refused = [] if self.proxy is None else self.proxy.refused[self.refusals_told :]
        self.refusals_told += len(refused)
        return refused

    async def close(self) -> None:
        """Close all pages, and what they were opened with."""
        self.broken = self.broken or "the pages were closed"
        self.stack.push_async_callback(self._keep_videos)
        await self.stack.aclose()

    async def _keep_videos(self) -> None:
        """Attach what the pages showed: the files are whole when the context is closed."""
        await close_context(self.context)
        for number, path in enumerate(sorted(self.videos.glob("*.webm")) if self.videos else (), start=1):
            try:
                data = await asyncio.to_thread(read_regular, path, _MOST_VIDEO)
            except OSError as error:
                self.step.log("warning", f"video {number} was not kept: {error}")
            else:
                await self.step.attach(f"video-{number}.webm", data, "video/webm")

    def _opened(self, page: Page) -> None:
        self.pages.append(page)
        page.on("close", self._closed)
        page.on("crash", lambda _: self._ends("the page crashed: the process that shows it has ended"))
        page.on("download", self._sent)

    def _sent(self, file: Download) -> None:
        self.downloads.append(file)

    def _closed(self, page: Page) -> None:
        if page in self.pages:
            self.pages.remove(page)

    def _ends(self, why: str) -> None:
        self.broken = self.broken or why

    def _asked(self, dialog: Dialog) -> None:
        answer, text = self.answer if dialog.type != "beforeunload" else ("accept", None)
        if len(self.dialogs) < MOST_DIALOGS:
            self.dialogs.append(ShownDialog(type=dialog.type, message=dialog.message[:1000], answer=answer))
        answering = asyncio.ensure_future(_answered(dialog.accept(text) if answer == "accept" else dialog.dismiss()))
        self._answering.add(answering)
        answering.add_done_callback(self._answering.discard)


async def _answered(answering: Awaitable[None]) -> None:
    with suppress(Error):  # the page may be gone
        await answering


async def open_session(config: BrowserConfig, context: ActionContext, settings: BrowserSettings) -> Session:
    """Open an empty page.

    Raises:
        ActionError: there is no browser, or none that starts.
    """
    async with AsyncExitStack() as stack:
        proxy = None
        if not isinstance(context.egress, OpenEgress):
            proxy = await stack.enter_async_context(filtering_proxy(context.egress))
        process = await stack.enter_async_context(shared_browser(settings, context))
        videos = stack.enter_context(TemporaryDirectory(prefix="testmesh-video-")) if config.video else None
        options = options_of(config, proxy, videos)
        _, made = await stack.enter_async_context(process.lend(options, context))
        if runs_as_root():
            context.log("info", "Chromium runs without its sandbox, which it refuses to root")
        session = Session(made, said(config), proxy, stack, context)
        session.videos = None if videos is None else Path(videos)
        if proxy is not None:
            await _greet(made)
        session.listen()
        await made.tracing.start(screenshots=True, snapshots=True)
        session.page = await made.new_page()
        session.stack = stack.pop_all()
        return session


class NoSessionError(LookupError):
    """No page is open."""

    code = "no_session"


async def find_session(context: ActionContext) -> Session:
    """Return what the execution has open.

    Raises:
        NoSessionError: it has nothing.
    """

    async def absent() -> Session:
        raise NoSessionError

    return await context.execution.get(KEY, absent, Session.close)


async def _greet(made: BrowserContext) -> None:
    """Ask the proxy once, so that the browser knows its password: it would not be asked for that of a WebSocket."""
    page = await made.new_page()
    try:
        async with asyncio.timeout(_GREETING_S):
            await page.goto(GREETING)
    except (Error, TimeoutError) as error:
        raise ActionError("TM551", f"the browser does not reach its proxy: {error}; start the flow again") from error
    finally:
        await page.close()
