"""What an artifact is made of, piece by piece, until its giver or its taker gives up."""

import asyncio
import contextvars
from collections.abc import AsyncIterator

from testmesh_sdk import Content

PIECE_BYTES = 1024 * 1024


class AbandonedError(Exception):
    """Nobody wants the rest: who gave the content was cancelled."""


class Chunks:
    """The pieces of a content; each is made in the context of whoever gave it, whoever asks for it.

    Once abandoned there are no more of them: a source that is waiting is cancelled.
    """

    def __init__(self, content: Content) -> None:
        self._source = _pieces(content) if isinstance(content, bytes) else aiter(content)
        self._context = contextvars.copy_context()
        self._pull: asyncio.Task[bytes | None] | None = None
        self._abandoned = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self._abandoned:
            raise AbandonedError
        self._pull = asyncio.create_task(_next_of(self._source), context=self._context)
        try:
            piece = await self._pull
        except asyncio.CancelledError:
            self._pull.cancel()
            if self._abandoned:
                raise AbandonedError from None
            raise
        if piece is None:
            raise StopAsyncIteration
        return piece

    def abandon(self) -> None:
        """End the content where it is."""
        self._abandoned = True
        if self._pull is not None:
            self._pull.cancel()


async def _next_of(source: AsyncIterator[bytes]) -> bytes | None:
    return await anext(source, None)


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    view = memoryview(content)
    for start in range(0, len(view), PIECE_BYTES):
        yield bytes(view[start : start + PIECE_BYTES])
