"""What outlives a step: pools of connections, opened when first asked for, closed once at the end."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar, cast

T = TypeVar("T")
Close = Callable[[Any], Awaitable[None]]


class ResourcesClosedError(RuntimeError):
    """A resource was asked for after the runner had closed them all."""

    code = "TM424"

    def __init__(self, key: Hashable) -> None:
        super().__init__(f"the resource {key!r} was asked for after the runner closed its resources")


class Resources:
    """Keeps one of each thing that is asked for under the same key, for a runner's life.

    Whoever asks first opens it, and those who ask meanwhile wait for that one; what could not be opened is
    tried again by the next who asks. `close` closes all in reverse order, each exactly once.
    """

    def __init__(self) -> None:
        self._open: dict[Hashable, tuple[Any, Close]] = {}
        self._locks: dict[Hashable, asyncio.Lock] = {}
        self._closed = False

    async def get(
        self, key: Hashable, open_it: Callable[[], Awaitable[T]], close_it: Callable[[T], Awaitable[None]]
    ) -> T:
        """Return what is kept under `key`, opened by `open_it` where it is not there yet."""
        if self._closed:
            raise ResourcesClosedError(key)
        found = self._open.get(key)
        if found is None:
            async with self._locks.setdefault(key, asyncio.Lock()):
                found = self._open.get(key)
                if found is None:
                    found = await self._opened(key, open_it, close_it)
        return cast(T, found[0])

    async def _opened(
        self, key: Hashable, open_it: Callable[[], Awaitable[T]], close_it: Callable[[T], Awaitable[None]]
    ) -> tuple[T, Close]:
        resource = await open_it()
        if self._closed:
            await close_it(resource)
            raise ResourcesClosedError(key)
        self._open[key] = (resource, close_it)
        return resource, close_it

    async def close(self) -> None:
        """Close all resources; what fails to close does not keep the others from it.

        Raises:
            ExceptionGroup: some did not close; it holds why.
        """
        self._closed = True
        errors: list[Exception] = []
        while self._open:
            _, (resource, close_it) = self._open.popitem()
            try:
                await close_it(resource)
            except Exception as error:
                errors.append(error)
        if errors:
            raise ExceptionGroup("some resources did not close", errors)
