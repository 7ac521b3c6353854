"""Hears of the file system that something happened in folders; what it was is then looked up."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path

from testmesh_cli.errors import NotRunnableError

QUIET_MS = 60
"""An editor's save is several events: it is over when nothing came for so long."""
LONGEST_MS = 1_000
"""However much goes on, one looks after so long."""
Known = Mapping[Path, tuple[int, int] | None]
"""Which folder stands at a path, by device and inode: one that is made again is another."""


class DeafError(NotRunnableError):
    """The file system tells of no changes: a watch that hears nothing would show what was long ago."""

    code = "cannot_watch"

    def __init__(self, folders: int, reason: str) -> None:
        super().__init__(
            f"{folders} folders cannot be watched: {reason}. Watch fewer of them, allow more (on Linux: "
            "fs.inotify.max_user_watches and max_user_instances), or set WATCHFILES_FORCE_POLLING=1"
        )


class Happenings:
    """Folders are watched, never files: editors put a new file in the place of the old one."""

    def __init__(self, happened: Callable[[], None]) -> None:
        self._happened = happened
        self._folders: Known = {}
        self._is_stale = False
        """Whether a folder itself went: another may stand there by now, even with its number."""
        self._task: asyncio.Task[None] | None = None
        self._deaf: DeafError | None = None

    def assert_hears(self) -> None:
        """Raise what keeps us from hearing.

        Raises:
            DeafError: the file system cannot be watched.
        """
        if self._deaf is not None:
            raise self._deaf

    async def watch(self, folders: Collection[Path]) -> bool:
        """Watch these folders; return whether they are others than before, so that one should look once more."""
        wanted = {folder: _identity(folder) for folder in folders}
        is_heard = self._task is not None and not self._task.done() and not self._is_stale
        if self._deaf is not None or (wanted == self._folders and is_heard):
            return False
        await self.close()
        self._folders, self._is_stale = wanted, False
        self._task = asyncio.create_task(self._hear(sorted(wanted)))
        await asyncio.sleep(0)  # the task is under way, and with it the watch, when this comes back
        return True

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _hear(self, folders: list[Path]) -> None:
        from watchfiles import awatch

        there = [folder for folder in folders if folder.is_dir()]
        try:
            async for changes in awatch(
                *there,
                watch_filter=None,
                recursive=False,
                step=QUIET_MS,
                debounce=LONGEST_MS,
                ignore_permission_denied=True,
            ):
                self._is_stale |= any(Path(path) in self._folders for _, path in changes)
                self._happened()
        except FileNotFoundError:
            # a folder went away between the look and the watch: look again
            self._happened()
        except (OSError, RuntimeError) as error:
            self._deaf = DeafError(len(there), str(error))
            self._happened()


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
