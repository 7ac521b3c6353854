"""Bodies of responses: read within a limit, parsed by their content type."""

import codecs
import json
import re
from typing import Any, NoReturn

import aiohttp

from testmesh_engine.http.encodings import UnpackedTooLargeError, UnpackError, unpack
from testmesh_sdk import ActionError

MAX_BODY_BYTES = 16 * 1024 * 1024
_TEXTS = ("xml", "javascript", "x-www-form-urlencoded", "yaml", "csv", "graphql")
_XML_ENCODING = re.compile(rb"\s*<\?xml[^>]*?\sencoding\s*=\s*[\"']([A-Za-z][A-Za-z0-9._-]*)")
_NO_CHARSETS = frozenset(("idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"))
"""Codecs of Python that are no character set of any server; some take quadratic time."""


async def read_body(response: aiohttp.ClientResponse, what: str) -> bytes:
    """Return the whole body, unpacked.

    Raises:
        ActionError: it is larger than 16 MiB, packed or unpacked; no more than that was read. Or it is not whole.
    """
    written = ",".join(response.headers.getall("Content-Encoding", ()))
    return unpacked(await _read_packed(response, what), written, what)


def unpacked(packed: bytes, written: str, what: str) -> bytes:
    """Return what a packed body means, by what its Content-Encoding says.

    Raises:
        ActionError: it is larger than 16 MiB then, or cannot be unpacked.
    """
    try:
        return unpack(packed, [part.strip().lower() for part in written.split(",")], MAX_BODY_BYTES)
    except UnpackError as error:
        raise ActionError("TM438", f"{what}: the response cannot be unpacked: {error}") from error
    except UnpackedTooLargeError as error:
        raise too_large(what, MAX_BODY_BYTES + 1) from error


async def _read_packed(response: aiohttp.ClientResponse, what: str) -> bytes:
    announced = response.content_length
    if announced is not None and announced > MAX_BODY_BYTES and response.method != "HEAD":
        raise too_large(what, announced)
    if announced is not None:
        return await response.read()
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_chunked(65536):
        size += len(part)
        if size > MAX_BODY_BYTES:
            raise too_large(what, size)
        parts.append(part)
    return b"".join(parts)


def parse_body(data: bytes, content_type: str, charset: str | None) -> tuple[Any, str]:
    """Return the body as its content type means it, and as text; of what is no text, the bytes alone."""
    if not data:
        return None, ""
    is_json = content_type == "application/json" or content_type.endswith("+json")
    if charset is None and "xml" in content_type:
        charset = _declared_in_xml(data)
    is_text = is_json or content_type.startswith("text/") or any(word in content_type for word in _TEXTS)
    try:
        text = _decoded(data, charset, "replace" if is_text else "strict")
    except UnicodeDecodeError:
        return data, ""
    return (_from_json(text) if is_json else text), text


def _declared_in_xml(data: bytes) -> str | None:
    """Return the character set that an XML document says of itself, by its first bytes or in its first line."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    found = _XML_ENCODING.match(data[:200])
    return None if found is None else found[1].decode()


def _decoded(data: bytes, charset: str | None, errors: str) -> str:
    try:
        known = charset is not None and codecs.lookup(charset).name.replace("-", "_") not in _NO_CHARSETS
        return data.decode(charset if known and charset else "utf-8", errors)
    except LookupError:
        return data.decode("utf-8", errors)


def _from_json(text: str) -> Any:
    """Parse a text; where it is no JSON, the text itself is the body, as the server sent it."""
    try:
        return _JSON.decode(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return text


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


_JSON = json.JSONDecoder(parse_constant=_refuse)


def too_large(what: str, size: int) -> ActionError:
    """Return the error of a body that is larger than what is read."""
    message = f"the response has {size} bytes or more, {MAX_BODY_BYTES} are read at most; ask for less"
    return ActionError("TM434", f"{what}: {message}")
