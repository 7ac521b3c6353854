"""Cursors of lists: opaque, and signed, so that only what this server gave comes back."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable
from hashlib import sha256
from uuid import UUID

from testmesh_api.errors import CursorInvalidError

_SEAL_BYTES = 16
_LONGEST = 500


class Cursors:
    """Makes and reads cursors. `load_key` is asked once, when the first cursor is made or read."""

    def __init__(self, load_key: Callable[[], Awaitable[bytes]]) -> None:
        self._load_key = load_key
        self._key: bytes | None = None

    async def give(self, listing: str, place: str) -> str:
        """Return the cursor of a place in a list."""
        seal = await self._seal(listing, place.encode())
        return urlsafe_b64encode(seal + place.encode()).rstrip(b"=").decode()

    async def read(self, listing: str, cursor: str) -> str:
        """Return the place of a cursor.

        Raises:
            CursorInvalidError: it was not given by this server for this list.
        """
        try:
            given = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
            place = given[_SEAL_BYTES:].decode()
        except ValueError as error:
            raise CursorInvalidError from error
        expected = await self._seal(listing, place.encode())
        if len(cursor) > _LONGEST or not hmac.compare_digest(expected, given[:_SEAL_BYTES]):
            raise CursorInvalidError
        return place

    async def read_id(self, listing: str, cursor: str | None) -> UUID | None:
        """Return the id that a cursor stands at, None for the beginning."""
        return None if cursor is None else UUID(await self.read(listing, cursor))

    async def _seal(self, listing: str, place: bytes) -> bytes:
        if self._key is None:
            self._key = await self._load_key()
        return hmac.new(self._key, listing.encode() + b"\x00" + place, sha256).digest()[:_SEAL_BYTES]
