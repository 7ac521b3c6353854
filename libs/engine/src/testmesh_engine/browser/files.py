"""What a page gave, kept as artifacts."""

import asyncio
import mimetypes
from pathlib import Path
from typing import Final

from playwright.async_api import Download

from testmesh_engine.actions.browser import BrowserFile
from testmesh_engine.browser.work import Work
from testmesh_engine.regular_files import TooManyBytesError, read_regular
from testmesh_sdk import ActionContext, ActionError, ActionFailure

MOST_DOWNLOADED: Final = 64 * 1024 * 1024


async def kept(context: ActionContext, name: str, data: bytes, content_type: str) -> BrowserFile:
    """Attach a file, and return what a result says of it."""
    attached = await context.attach(name, data, content_type)
    return BrowserFile(name=attached.name, artifact_id=attached.artifact_id, size_bytes=attached.size_bytes)


async def kept_download(work: Work, file: Download, name: str | None = None) -> BrowserFile:
    """Wait for a download to end, and keep it.

    Raises:
        ActionFailure: it broke off.
        ActionError: it is too large.
    """
    named = name or file.suggested_filename
    failure = await file.failure()
    if failure is not None:
        raise ActionFailure(f"the download {named} broke off: {failure}")
    try:
        data = await asyncio.to_thread(read_regular, Path(await file.path()), MOST_DOWNLOADED)
    except TooManyBytesError as error:
        message = f"the download {named} has more than {MOST_DOWNLOADED} bytes; no step keeps more"
        raise ActionError("TM561", message) from error
    await file.delete()
    kind = mimetypes.guess_type(named)[0] or "application/octet-stream"
    return await kept(work.context, named, data, kind)
