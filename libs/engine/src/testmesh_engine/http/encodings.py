"""Packed bodies, unpacked whole or not at all: half of a stream is an error, never a shorter body."""

import sys
import zlib

MAX_MEMBERS = 100
"""Streams that one gzip body may be made of."""
UNKNOWN_HERE = frozenset(("compress", "x-compress", "dcb", "dcz"))
_ZSTD_WINDOW_LOG = 23
"""No server may ask a client for more than 8 MiB of memory to unpack (RFC 9659)."""


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
        elif encoding == "br":
            data = _from_brotli(data, longest)
        elif encoding == "zstd":
            data = _from_zstd(data, longest)
    return data


def _from_brotli(data: bytes, longest: int) -> bytes:
    import brotli

    stream, parts, left = brotli.Decompressor(), list[bytes](), longest
    try:
        while not stream.is_finished():
            part = stream.process(data, output_buffer_limit=left + 1)
            parts.append(part)
            left -= len(part)
            if left < 0:
                raise UnpackedTooLargeError
            if not part and not data:
                raise UnpackError("its br stream breaks off")
            data = b""
    except brotli.error as error:
        raise UnpackError(f"it is no br: {error}") from error
    return b"".join(parts)


def _from_zstd(data: bytes, longest: int) -> bytes:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd

    parts, left = list[bytes](), longest
    options = {int(zstd.DecompressionParameter.window_log_max): _ZSTD_WINDOW_LOG}
    for _ in range(MAX_MEMBERS):
        stream = zstd.ZstdDecompressor(options=options)
        try:
            parts.append(stream.decompress(data, left + 1))
        except zstd.ZstdError as error:
            raise UnpackError(f"it is no zstd: {error}") from error
        left -= len(parts[-1])
        if left < 0:
            raise UnpackedTooLargeError
        if not stream.eof:
            raise UnpackError("its zstd stream breaks off")
        data = stream.unused_data
        if not data:
            return b"".join(parts)
    raise UnpackError(f"its zstd stream has more than {MAX_MEMBERS} parts")


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
