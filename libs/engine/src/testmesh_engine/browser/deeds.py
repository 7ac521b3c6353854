"""What the actions do on the page, one function each."""

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from playwright.async_api import FilePayload

from testmesh_engine.actions.browser import BrowserFile, Deed, UploadedFile
from testmesh_engine.actions.browser_words import Word
from testmesh_engine.browser import checks, navigating, waiting
from testmesh_engine.browser.files import kept, kept_download
from testmesh_engine.browser.locating import locate, way_of
from testmesh_engine.browser.work import Work
from testmesh_engine.regular_files import read_regular
from testmesh_sdk import ActionError, ActionFailure, ActionTimeoutError

MOST_UPLOADED: Final = 50 * 1024 * 1024
Do = Callable[[Work, Deed], Awaitable[None]]


async def click(work: Work, deed: Deed) -> None:
    element = locate(work.page, deed)
    await element.click(button=deed.button, click_count=deed.clicks, timeout=work.milliseconds(deed))


async def fill(work: Work, deed: Deed) -> None:
    await locate(work.page, deed).fill(_text(deed.value), timeout=work.milliseconds(deed))


async def type_text(work: Work, deed: Deed) -> None:
    await locate(work.page, deed).press_sequentially(_text(deed.value), timeout=work.milliseconds(deed))


async def select(work: Work, deed: Deed) -> None:
    values = deed.value if isinstance(deed.value, list) else [deed.value]
    await locate(work.page, deed).select_option([_text(each) for each in values], timeout=work.milliseconds(deed))


async def check(work: Work, deed: Deed) -> None:
    await locate(work.page, deed).set_checked(deed.action == "check", timeout=work.milliseconds(deed))


async def press(work: Work, deed: Deed) -> None:
    key = deed.key or ""
    if way_of(deed) is None:
        await work.page.keyboard.press(key)
    else:
        await locate(work.page, deed).press(key, timeout=work.milliseconds(deed))


async def hover(work: Work, deed: Deed) -> None:
    await locate(work.page, deed).hover(timeout=work.milliseconds(deed))


async def focus(work: Work, deed: Deed) -> None:
    await locate(work.page, deed).focus(timeout=work.milliseconds(deed))


async def upload(work: Work, deed: Deed) -> None:
    files = [await _payload(each, may_open=work.context.local_files) for each in deed.files or []]
    await locate(work.page, deed).set_input_files(files, timeout=work.milliseconds(deed))


async def _payload(file: str | UploadedFile, *, may_open: bool) -> FilePayload:
    if isinstance(file, UploadedFile):
        try:
            data = base64.b64decode(file.content, validate=True) if file.base64 else file.content.encode()
        except binascii.Error as error:
            raise ActionError("TM560", f"the content of the file {file.name!r} is no base64: {error}") from error
        return {"name": file.name, "mimeType": file.content_type, "buffer": data}
    if not may_open:
        message = "this server lets no flow open its files; write the file into the flow: {name: …, content: …}"
        raise ActionError("TM560", f"uploading the file {file!r} was refused: {message}")
    try:
        data = await asyncio.to_thread(read_regular, Path(file), MOST_UPLOADED)
    except OSError as error:
        raise ActionError("TM560", f"the file {file!r} cannot be uploaded: {error.strerror or error}") from error
    return {"name": Path(file).name, "mimeType": "application/octet-stream", "buffer": data}


async def download(work: Work, deed: Deed) -> None:
    known = len(work.session.downloads)
    until = asyncio.get_running_loop().time() + work.seconds(deed)
    await click(work, deed)
    while len(work.session.downloads) <= known:
        if asyncio.get_running_loop().time() >= until:
            took = work.took(deed)
            raise ActionFailure(f"download {way_of(deed)}: it was clicked, and no file came within {took}")
        await asyncio.sleep(waiting.PAUSE_S)
    file = work.session.downloads.pop(known)
    work.found.downloads.append(await kept_download(work, file, deed.save_as))


async def evaluate(work: Work, deed: Deed) -> None:
    seconds = work.seconds(deed)
    try:
        async with asyncio.timeout(seconds):
            work.found.value = await work.page.evaluate(deed.expression or "", deed.argument)
    except TimeoutError as error:
        message = f"evaluate: the script gave nothing within {work.took(deed)}; look at what it waits for"
        raise ActionTimeoutError("TM564", message) from error


async def read(work: Work, deed: Deed) -> None:
    element, most = locate(work.page, deed), work.milliseconds(deed)
    work.found.text = await element.inner_text(timeout=most)
    work.found.value = await element.evaluate("element => element.value ?? null", timeout=most)


async def read_storage(work: Work, deed: Deed) -> None:  # noqa: ARG001 - every deed has the same shape
    work.found.value = await work.session.context.storage_state()


async def screenshot(work: Work, deed: Deed) -> None:
    most = work.milliseconds(deed)
    if way_of(deed) is None:
        data = await work.page.screenshot(full_page=deed.full_page, timeout=most)
    else:
        data = await locate(work.page, deed).screenshot(timeout=most)
    name = deed.save_as or f"screenshot-{len(work.found.screenshots) + 1}"
    file: BrowserFile = await kept(work.context, name if name.endswith(".png") else f"{name}.png", data, "image/png")
    work.found.screenshots.append(file)


async def dialog(work: Work, deed: Deed) -> None:
    work.session.answer = deed.answer, None if deed.value is None else _text(deed.value)


async def switch_page(work: Work, deed: Deed) -> None:
    session = work.session
    number = deed.page

    async def there() -> tuple[bool, Any]:
        count = len(session.pages)
        return (count > 1 if number == "last" else isinstance(number, int) and 1 <= number <= count), count

    seconds = work.seconds(deed)
    is_there, count = await waiting.until(there, seconds)
    if not is_there:
        which = "another page" if number == "last" else f"a page {number}"
        took = work.took(deed)
        raise ActionFailure(f"switch_page: {which} was not there within {took}; the pages open now are {count}")
    session.page = session.pages[-1] if number == "last" else session.pages[int(number or 1) - 1]
    await session.page.bring_to_front()
    await session.page.wait_for_load_state("domcontentloaded", timeout=work.milliseconds(deed))


async def close_page(work: Work, deed: Deed) -> None:  # noqa: ARG001 - every deed has the same shape
    await work.page.close()
    work.session.page = None


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


DOES: Final[dict[Word, Do]] = {
    "goto": navigating.goto,
    "reload": navigating.move,
    "back": navigating.move,
    "forward": navigating.move,
    "click": click,
    "fill": fill,
    "type": type_text,
    "select": select,
    "check": check,
    "uncheck": check,
    "press": press,
    "hover": hover,
    "focus": focus,
    "upload": upload,
    "download": download,
    "wait_for": waiting.wait_for,
    "evaluate": evaluate,
    "read": read,
    "read_storage": read_storage,
    "screenshot": screenshot,
    "dialog": dialog,
    "switch_page": switch_page,
    "close_page": close_page,
    "assert_visible": checks.check_state,
    "assert_hidden": checks.check_state,
    "assert_enabled": checks.check_state,
    "assert_disabled": checks.check_state,
    "assert_checked": checks.check_state,
    "assert_unchecked": checks.check_state,
    "assert_text": checks.check_text,
    "assert_value": checks.check_value,
    "assert_url": checks.check_url,
    "assert_title": checks.check_title,
    "assert_count": checks.check_count,
}
