"""The one store of artifacts, over all that obstore reaches: files that are there whole, or not at all."""

import asyncio
import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from testmesh_engine.artifacts.chunks import Chunks
from testmesh_engine.artifacts.errors import ArtifactMissingError, ArtifactStoreError
from testmesh_engine.artifacts.keys import checked
from testmesh_sdk import Content

if TYPE_CHECKING:
    from obstore import GetOptions
    from obstore.store import ObjectStore

AT_ONCE_BYTES = 8 * 1024 * 1024
"""A file up to this size is written by one request; a larger one in parts of this size."""
PARTS_AT_ONCE = 2
READ_BYTES = 256 * 1024
"""Pieces in which a file is read."""
UNDO_S = 0.5
"""How long who was cancelled waits until what it had begun is gone; longer ones go on beside it."""
CLOSE_S = 5.0

R = TypeVar("R")


class StoredArtifact(NamedTuple):
    """What was kept, and where."""

    sha256: str
    size_bytes: int
    storage_path: str


class OpenArtifact(NamedTuple):
    """A file that can be read: its size in the store, and the pieces that were asked for."""

    size_bytes: int
    pieces: AsyncIterator[bytes]


class ArtifactStore:
    """Keeps files under keys, streamed both ways.

    What does not end well leaves nothing: neither half a file, nor parts of an upload that nobody completes.
    """

    def __init__(self, place: str, open_store: Callable[[], "ObjectStore"]) -> None:
        self.place = place
        """What messages call it."""
        self._open_store = open_store
        self._store: ObjectStore | None = None
        self._undoing: set[asyncio.Task[None]] = set()

    async def put(self, key: str, content: Content) -> StoredArtifact:
        """Keep a file; when this returns, it is there in whole.

        Raises:
            ArtifactKeyError: the key is none.
            ArtifactStoreError: it could not be kept.
        """
        chunks, measure = Chunks(content), _Measure()
        upload = asyncio.ensure_future(self._upload(checked(key), measure.of(chunks)))
        try:
            await asyncio.shield(upload)
        except asyncio.CancelledError:
            chunks.abandon()
            await self._undo(key, upload)
            raise
        except Exception as error:
            await self._undo(key, upload)
            if measure.failure is not None and measure.failure is not error:
                raise measure.failure from None
            raise
        return StoredArtifact(measure.digest.hexdigest(), measure.size, key)

    async def open(self, key: str, start: int = 0, end: int | None = None) -> OpenArtifact:
        """Open a file, or its bytes from `start` to before `end`.

        Raises:
            ArtifactKeyError: the key is none.
            ArtifactMissingError: nothing is kept under it.
            ArtifactStoreError: the store did not give it.
        """
        import obstore

        if end is None:
            found = await self._done("reading", key, lambda store: obstore.get_async(store, key))
        else:
            span: GetOptions = {"range": (start, end)}
            found = await self._done("reading", key, lambda store: obstore.get_async(store, key, options=span))
        return OpenArtifact(found.meta["size"], self._pieces(key, found.stream(READ_BYTES)))

    async def read(self, key: str) -> bytes:
        """Return a file that is known to be small; raises like `open`."""
        return b"".join([piece async for piece in (await self.open(key)).pieces])

    async def size_of(self, key: str) -> int:
        """Return the size of a file; raises like `open`."""
        import obstore

        return (await self._done("looking", key, lambda store: obstore.head_async(store, key)))["size"]

    async def remove(self, key: str) -> None:
        """Remove a file, if it is there; raises as `open` does, but for a missing one."""
        import obstore

        with suppress(ArtifactMissingError):
            await self._done("removing", key, lambda store: obstore.delete_async(store, key))

    async def close(self) -> None:
        """Wait a little until what was cancelled has left nothing."""
        if self._undoing:
            await asyncio.wait(self._undoing, timeout=CLOSE_S)

    async def _keep_for_good(self, key: str) -> None:
        """Do what this store needs, so that a file outlives a crash of the machine."""

    async def _upload(self, key: str, content: AsyncIterator[bytes]) -> None:
        import obstore

        head, ended = await _head(content)
        if ended:
            await self._done("writing", key, lambda store: obstore.put_async(store, key, head, use_multipart=False))
        else:
            rest = _behind(head, content)
            await self._done(
                "writing",
                key,
                lambda store: obstore.put_async(
                    store, key, rest, chunk_size=AT_ONCE_BYTES, max_concurrency=PARTS_AT_ONCE
                ),
            )
        await self._keep_for_good(key)

    async def _undo(self, key: str, upload: "asyncio.Future[None]") -> None:
        """Remove what an upload made after all.

        The upload itself is never cancelled: of a cancelled one, obstore would leave the parts in the bucket.
        """
        undoing = asyncio.create_task(self._undone(key, upload))
        self._undoing.add(undoing)
        undoing.add_done_callback(self._undoing.discard)
        await asyncio.wait({undoing}, timeout=UNDO_S)

    async def _undone(self, key: str, upload: "asyncio.Future[None]") -> None:
        await asyncio.wait({upload})
        upload.exception()  # whoever asked for the file is told of it, or was cancelled
        with suppress(ArtifactStoreError):  # a store that is away cannot be tidied; it most likely took nothing
            await self.remove(key)

    async def _pieces(self, key: str, stream: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        pieces = aiter(stream)
        while (piece := await self._done("reading", key, lambda _: anext(pieces, None))) is not None:
            yield piece

    async def _done(self, doing: str, key: str, what: "Callable[[ObjectStore], Awaitable[R]]") -> R:
        """Do something with the store; what obstore says of it becomes an error of ours."""
        from obstore.exceptions import BaseError

        checked(key)
        try:
            if self._store is None:
                self._store = self._open_store()
            return await what(self._store)
        except FileNotFoundError as error:
            raise ArtifactMissingError(key, self.place) from error
        except (BaseError, OSError) as error:
            raise ArtifactStoreError(f"{doing} {key}", self.place, _first_words(error)) from error


class _Measure:
    """Size and digest of what passes by; an error of the content itself is told from one of the store."""

    def __init__(self) -> None:
        self.size = 0
        self.digest = hashlib.sha256()
        self.failure: Exception | None = None

    async def of(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        try:
            async for chunk in chunks:
                self.size += len(chunk)
                self.digest.update(chunk)
                yield chunk
        except Exception as error:
            self.failure = error
            raise


async def _head(content: AsyncIterator[bytes]) -> tuple[bytes, bool]:
    """Return what is written at once, and whether that is all."""
    head = bytearray()
    async for chunk in content:
        head += chunk
        if len(head) > AT_ONCE_BYTES:
            return bytes(head), False
    return bytes(head), True


async def _behind(head: bytes, content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield head
    async for chunk in content:
        yield chunk


def _first_words(error: BaseException) -> str:
    lines = str(error).splitlines() or [type(error).__name__]
    return lines[0][:500]
