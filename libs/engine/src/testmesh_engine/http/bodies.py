"""Bodies of responses: read within a limit, parsed by their content type."""

import base64
import codecs
import json
from typing import Any, NoReturn

import aiohttp

from testmesh_engine.http.encodings import UnpackedTooLargeError, UnpackError, unpack
from testmesh_sdk import ActionError

MAX_BODY_BYTES = 16 * 1024 * 1024
_TEXTS = ("xml", "javascript", "x-www-form-urlencoded", "yaml", "csv", "graphql")
_NO_CHARSETS = frozenset(("idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"))
"""Codecs of Python that are no character set of any server; some take quadratic time."""


async def read_body(response: aiohttp.ClientResponse, what: str) -> bytes:
    """Return the whole body, unpacked.

    Raises:
        ActionError: it is larger than 16 MiB, packed or unpacked; no more than that was read. Or it is not whole.
    """
    written = ",".join(response.headers.getall("Content-Encoding", ()))
    packed = await _read_packed(response, what)
    try:
        return unpack(packed, [part.strip().lower() for part in written.split(",")], MAX_BODY_BYTES)
    except UnpackError as error:
        raise ActionError("TM438", f"{what}: the response cannot be unpacked: {error}") from error
    except UnpackedTooLargeError as error:
        raise _too_large(what, MAX_BODY_BYTES + 1) from error


async def _read_packed(response: aiohttp.ClientResponse, what: str) -> bytes:
    announced = response.content_length
    if announced is not None and announced > MAX_BODY_BYTES and response.method != "HEAD":
        raise _too_large(what, announced)
    if announced is not None:
        return await response.read()
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_chunked(65536):
        size += len(part)
        if size > MAX_BODY_BYTES:
            raise _too_large(what, size)
        parts.append(part)
    return b"".join(parts)


def parse_body(data: bytes, content_type: str, charset: str | None) -> tuple[Any, str]:
    """Return the body as its content type means it, and as text."""
    if not data:
        return None, ""
    is_json = content_type == "application/json" or content_type.endswith("+json")
    is_text = is_json or content_type.startswith("text/") or any(word in content_type for word in _TEXTS)
    try:
        text = _decoded(data, charset, "replace" if is_text else "strict")
    except UnicodeDecodeError:
        return base64.b64encode(data).decode(), ""
    return (_from_json(text) if is_json else text), text


def _decoded(data: bytes, charset: str | None, errors: str) -> str:
    try:
        known = charset is not None and codecs.lookup(charset).name.replace("-", "_") not in _NO_CHARSETS
        return data.decode(charset if known and charset else "utf-8", errors)
    except LookupError:
        return data.decode("utf-8", errors)


def _from_json(text: str) -> Any:
    """Parse a text; where it is no JSON, the text itself is the body, as the server sent it."""
    try:
        return json.loads(text.removeprefix("\ufeff"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _too_large(what: str, size: int) -> ActionError:
    message = f"the response has {size} bytes or more, {MAX_BODY_BYTES} are read at most; ask for less"
    return ActionError("TM434", f"{what}: {message}")
