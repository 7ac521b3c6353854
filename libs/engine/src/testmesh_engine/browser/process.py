"""The browser that executions share: one process with a context for each of them, started when first needed."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from playwright.async_api import Browser, BrowserContext, Error, Playwright, async_playwright

from testmesh_engine.browser.environment import environment_of_browser
from testmesh_engine.browser.finding import installed_chromium, own_chromium
from testmesh_engine.browser.settings import SLOTS_VARIABLE, BrowserSettings
from testmesh_engine.browser.video_tool import MISSING, FfmpegLink
from testmesh_engine.egress.passage import unguarded
from testmesh_sdk import ActionContext, ActionError, OpenEgress

IDLE_S: Final = 60.0
LAUNCH_S: Final = 30.0
_CLOSE_S: Final = 3.0
_STOP_S: Final = 1.0
_FLAGS: Final = ("--disable-gpu", "--no-pings", "--disable-domain-reliability", "--disable-component-update")
_THROUGH_A_PROXY: Final = (
    "--disable-quic",
    "--dns-prefetch-disable",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",  # the proxy alone asks the DNS
)
T = TypeVar("T")


def runs_as_root() -> bool:
    """Say whether Chromium's sandbox cannot be had: it refuses to start with it."""
    return os.geteuid() == 0


@dataclass(frozen=True, slots=True)
class _Running:
    playwright: Playwright
    browser: Browser
    ffmpeg: FfmpegLink | None

    async def close(self) -> None:
        """Close the browser, then the driver, whatever of them is there yet."""
        with suppress(Error, TimeoutError):
            async with asyncio.timeout(_CLOSE_S):
                await self.browser.close()
        await self.playwright.stop()
        if self.ffmpeg is not None:
            self.ffmpeg.remove()


class BrowserProcess:
    """Starts a browser when one is needed and none is there, and lends contexts of it, so many at once.

    Who is cancelled while a browser or a context comes about waits no longer; what came about is closed then.
    """

    def __init__(self, settings: BrowserSettings, *, is_policed: bool) -> None:
        self._settings = settings
        self._is_policed = is_policed
        self._slots = asyncio.Semaphore(settings.slots)
        self._launching: asyncio.Task[_Running] | None = None
        self._behind: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def lend(
        self, options: "Options", context: ActionContext
    ) -> AsyncIterator[tuple[Playwright, BrowserContext]]:
        """Lend a new context of the browser for the block."""
        if self._slots.locked():
            count = self._settings.slots
            context.activity = f"waiting for one of {count} browser slot{'s' * (count != 1)} ({SLOTS_VARIABLE})"
            context.log("info", context.activity)
        async with self._slots:
            context.activity = "starting a browser"
            playwright, made = await self._new_context(options)
            try:
                yield playwright, made
            finally:
                await self._finish(close_context(made))

    async def close(self) -> None:
        """End the browser and its driver, also where they are only coming about."""
        launching, self._launching = self._launching, None
        if launching is not None:
            await self._finish(_closed_when_there(launching))
        if self._behind:
            await asyncio.wait(self._behind)

    async def _new_context(self, options: "Options") -> tuple[Playwright, BrowserContext]:
        for is_last in (False, True):
            running = await self._running()
            try:
                chosen = options(running.playwright)
                return running.playwright, await self._made(running.browser.new_context(**chosen), close_context)
            except Error as error:
                if "ffmpeg" in error.message:
                    raise ActionError("TM562", MISSING) from error
                if is_last or "has been closed" not in error.message:
                    message = f"the browser opens no page: {_first_line(error)}; look at the browser's options"
                    raise ActionError("TM551", message) from error
                self._give_up(running)
        raise AssertionError("the second try returns or raises")

    async def _running(self) -> _Running:
        launched = self._launching
        if launched is not None and launched.done():
            if launched.cancelled() or launched.exception() is not None:
                self._launching = None
            elif not launched.result().browser.is_connected():
                self._give_up(launched.result())
        if self._launching is None:
            with unguarded():  # what executions share is none's alone
                self._launching = asyncio.create_task(_launch(self._settings, is_policed=self._is_policed))
            self._launching.add_done_callback(_look_at)
        return await asyncio.shield(self._launching)

    def _give_up(self, running: _Running) -> None:
        """Let the next who asks start another."""
        launched = self._launching
        if launched is not None and launched.done() and launched.result() is running:
            self._launching = None
            self._leave(running.close())

    async def _made(self, coming: Awaitable[T], undo: Callable[[T], Awaitable[None]]) -> T:
        """Wait for something; where the wait is cut off, undo it once it is there."""
        making = asyncio.ensure_future(coming)
        try:
            return await asyncio.shield(making)
        except asyncio.CancelledError:
            self._leave(_undone(making, undo))
            raise

    async def _finish(self, work: Any) -> None:
        """Wait for work that goes on where whoever waits is cancelled."""
        await asyncio.shield(self._leave(work))

    def _leave(self, work: Any) -> "asyncio.Task[None]":
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._behind.add(task)
        task.add_done_callback(self._behind.discard)
        return task


Options = Callable[[Playwright], dict[str, Any]]
"""What a context is made with, once Playwright is there to look devices up."""


@asynccontextmanager
async def shared_browser(settings: BrowserSettings, context: ActionContext) -> AsyncIterator[BrowserProcess]:
    """Give the runner's browser; unused for a minute, it is closed.

    Each context has a proxy, cookies and connections of its own, so that executions of several policies share it.
    """
    is_policed = not isinstance(context.egress, OpenEgress)

    async def open_it() -> BrowserProcess:
        return BrowserProcess(settings, is_policed=is_policed)

    key = ("browser", settings, is_policed)
    async with context.resources.borrow(key, open_it, BrowserProcess.close, idle_s=IDLE_S) as process:
        yield process


async def _launch(settings: BrowserSettings, *, is_policed: bool) -> _Running:
    installed = installed_chromium(settings.chromium)
    manager, ffmpeg = async_playwright(), None if installed is None else FfmpegLink()
    with nullcontext() if ffmpeg is None else ffmpeg.known():
        playwright = await manager.start()
    _expect_its_end(manager)
    try:
        browser = await playwright.chromium.launch(
            executable_path=installed or own_chromium(playwright.chromium.executable_path),
            args=[*_FLAGS, *(_THROUGH_A_PROXY if is_policed else ())],
            chromium_sandbox=not runs_as_root(),
            env=environment_of_browser(),
            # teardowns may still need it: who owns the process ends it
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
            timeout=LAUNCH_S * 1000,
        )
    except BaseException as error:
        await playwright.stop()
        if ffmpeg is not None:
            ffmpeg.remove()
        if isinstance(error, Error):
            message = f"Chromium did not start: {_first_line(error)}; start it by hand to see more"
            raise ActionError("TM551", message) from error
        raise
    return _Running(playwright, browser, ffmpeg)


def _expect_its_end(manager: Any) -> None:
    """Look at how the driver ends, so that asyncio does not print it as forgotten: whoever waits is told anyway."""
    ended = manager._client._transport.on_error_future
    ended.add_done_callback(lambda future: future.cancelled() or future.exception())


def _look_at(launched: "asyncio.Task[_Running]") -> None:
    """Take why a launch failed, also where nobody waits for it any more."""
    if not launched.cancelled():
        launched.exception()


async def close_context(made: BrowserContext) -> None:
    """Close a context with its pages; a trace that goes on would stay in the driver's memory, and on the disk."""
    with suppress(Error, TimeoutError):
        async with asyncio.timeout(_STOP_S):
            await made.tracing.stop()
    with suppress(Error, TimeoutError):
        async with asyncio.timeout(_CLOSE_S):
            await made.close()


async def _closed_when_there(launching: "asyncio.Task[_Running]") -> None:
    await asyncio.wait({launching}, timeout=LAUNCH_S)
    if not launching.done():
        launching.cancel()
    elif not launching.cancelled() and launching.exception() is None:
        await launching.result().close()


async def _undone(making: "asyncio.Future[T]", undo: Callable[[T], Awaitable[None]]) -> None:
    await asyncio.wait({making})
    if not making.cancelled() and making.exception() is None:
        await undo(making.result())


def _first_line(error: Error) -> str:
    lines = [line.strip() for line in error.message.splitlines() if line.strip()]
    said = next((line for line in lines[1:] if "rror" in line or "No usable sandbox" in line), "")
    return " ".join([lines[0] if lines else type(error).__name__, said]).strip()[:500]
