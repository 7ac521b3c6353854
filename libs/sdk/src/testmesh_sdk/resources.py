"""What outlives a step: connections and the like, opened when first asked for, closed once."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

T = TypeVar("T")
Close = Callable[[Any], Awaitable[None]]

_log = logging.getLogger(__name__)


class ResourcesClosedError(RuntimeError):
    """A resource was asked for after all had been closed."""

    code = "TM424"

    def __init__(self, key: Hashable) -> None:
        super().__init__(f"the resource {key!r} was asked for after all resources had been closed")


@dataclass(slots=True)
class _Kept:
    """One thing that is open, and who uses it now."""

    resource: Any
    close: Close
    users: int = 0
    idle: asyncio.TimerHandle | None = field(default=None)


class Resources:
    """Keeps one of each thing that is asked for under the same key: for a runner's life, or for an execution's.

    Whoever asks first opens it, and those who ask meanwhile wait for that one; what could not be opened is
    tried again by the next who asks. `close` closes all in reverse order, each exactly once.
    """

    def __init__(self) -> None:
        self._open: dict[Hashable, _Kept] = {}
        self._locks: dict[Hashable, asyncio.Lock] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._closed = False

    async def get(
        self, key: Hashable, open_it: Callable[[], Awaitable[T]], close_it: Callable[[T], Awaitable[None]]
    ) -> T:
        """Return what is kept under `key`, opened by `open_it` where it is not there yet."""
        return cast(T, (await self._kept(key, open_it, close_it)).resource)

    def find(self, key: Hashable) -> Any:
        """Return what is kept under `key`, or None where nobody opened it."""
        kept = self._open.get(key)
        return None if kept is None else kept.resource

    @asynccontextmanager
    async def borrow(
        self,
        key: Hashable,
        open_it: Callable[[], Awaitable[T]],
        close_it: Callable[[T], Awaitable[None]],
        *,
        idle_s: float,
    ) -> AsyncIterator[T]:
        """Give what is kept under `key` for as long as the block lasts; unused for `idle_s` seconds, it is closed."""
        kept = await self._kept(key, open_it, close_it)
        kept.users += 1
        if kept.idle is not None:
            kept.idle.cancel()
            kept.idle = None
        try:
            yield cast(T, kept.resource)
        finally:
            kept.users -= 1
            if not kept.users and self._open.get(key) is kept:
                loop = asyncio.get_running_loop()
                kept.idle = loop.call_later(idle_s, self._close_idle, key, kept)

    async def drop(self, key: Hashable) -> None:
        """Close what is kept under `key`, if it is there: the next who asks opens another."""
        kept = self._open.pop(key, None)
        if kept is not None:
            await self._close_one(kept)

    async def close(self, *, each_s: float | None = None) -> None:
        """Close all resources; what fails to close, or takes longer than `each_s`, keeps no other from it.

        Who cancels it gives up the one that is being closed, and none of the others.

        Raises:
            ExceptionGroup: some did not close; it holds why.
        """
        self._closed = True
        errors: list[Exception] = []
        cancelled: asyncio.CancelledError | None = None
        while self._open:
            _, kept = self._open.popitem()
            try:
                async with asyncio.timeout(each_s):
                    await self._close_one(kept)
            except asyncio.CancelledError as error:
                cancelled = error
            except Exception as error:
                errors.append(error)
        if cancelled is not None:
            raise cancelled
        if self._closing:
            await asyncio.wait(self._closing, timeout=each_s)
        if errors:
            raise ExceptionGroup("some resources did not close", errors)

    async def _kept(self, key: Hashable, open_it: Callable[[], Awaitable[Any]], close_it: Close) -> _Kept:
        if self._closed:
            raise ResourcesClosedError(key)
        found = self._open.get(key)
        if found is not None:
            return found
        async with self._locks.setdefault(key, asyncio.Lock()):
            return self._open.get(key) or await self._opened(key, open_it, close_it)

    async def _opened(self, key: Hashable, open_it: Callable[[], Awaitable[Any]], close_it: Close) -> _Kept:
        resource = await open_it()
        if self._closed:
            await close_it(resource)
            raise ResourcesClosedError(key)
        kept = self._open[key] = _Kept(resource, close_it)
        return kept

    def _close_idle(self, key: Hashable, kept: _Kept) -> None:
        if kept.users or self._open.get(key) is not kept:
            return
        del self._open[key]
        self._locks.pop(key, None)
        closing = asyncio.get_running_loop().create_task(self._close_quietly(kept))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    async def _close_quietly(self, kept: _Kept) -> None:
        """Close what nobody uses; that a dead connection cannot say goodbye is nobody's trouble."""
        try:
            await self._close_one(kept)
        except Exception as error:
            _log.debug("an idle resource did not close: %r", error)

    async def _close_one(self, kept: _Kept) -> None:
        if kept.idle is not None:
            kept.idle.cancel()
        await kept.close(kept.resource)
