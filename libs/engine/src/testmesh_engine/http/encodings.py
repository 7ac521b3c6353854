"""Packed bodies, unpacked whole or not at all: half of a stream is an error, never a shorter body."""

import zlib

MAX_MEMBERS = 100
"""Streams that one gzip body may be made of."""
UNKNOWN_HERE = frozenset(("br", "zstd", "compress", "x-compress"))


class UnpackError(ValueError):
    """A body that is not what its Content-Encoding says, or not all of it."""


class UnpackedTooLargeError(ValueError):
    """A body that means more bytes than are read."""


def unpack(data: bytes, encodings: list[str], longest: int) -> bytes:
    """Undo the encodings of a body, the last one first; one that is no packing leaves the bytes as they are.

    Raises:
        UnpackError: the bytes are no whole packed body, or are packed in a way that is not known here.
        UnpackedTooLargeError: they mean more than `longest` bytes; no more than that were made.
    """
    for encoding in reversed(encodings if data else []):
        if encoding in UNKNOWN_HERE:
            raise UnpackError(f"it is packed as {encoding}; ask for it with the header Accept-Encoding: gzip")
        if encoding in ("gzip", "x-gzip", "deflate"):
            try:
                data = _inflated(data, encoding, longest)
            except zlib.error as error:
                raise UnpackError(f"it is no {encoding}: {error}") from error
    return data


def _inflated(data: bytes, encoding: str, longest: int) -> bytes:
    parts: list[bytes] = []
    left = longest
    for _ in range(MAX_MEMBERS):
        stream = zlib.decompressobj(_window(data, encoding))
        parts.append(stream.decompress(data, left + 1))
        left -= len(parts[-1])
        if left < 0:
            raise UnpackedTooLargeError
        if not stream.eof:
            raise UnpackError(f"its {encoding} stream breaks off")
        data = stream.unused_data.lstrip(b"\0")
        if not data or encoding == "deflate":
            return b"".join(parts)
    raise UnpackError(f"its {encoding} stream has more than {MAX_MEMBERS} parts")


def _window(data: bytes, encoding: str) -> int:
    """Say what zlib should expect: `deflate` is sent with zlib's header, and by some servers without."""
    if encoding != "deflate":
        return 16 + zlib.MAX_WBITS
    has_header = data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0
    return zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS
