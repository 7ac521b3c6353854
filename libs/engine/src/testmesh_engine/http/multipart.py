"""Files and fields in one body, as forms with files send them (RFC 7578)."""

import base64
import binascii
import mimetypes
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from testmesh_engine.actions.http_request import FileGiven, HttpFile, HttpRequestConfig
from testmesh_sdk import ActionContext, ActionError

MOST_BYTES = 64 * 1024 * 1024
"""Of all files that one request sends."""
_ESCAPES = {'"': "%22", "\r": "%0D", "\n": "%0A"}


@dataclass(frozen=True, slots=True)
class _Part:
    """A field or a file of the body."""

    name: str
    data: bytes
    filename: str | None = None
    content_type: str | None = None


async def multipart_of(
    config: HttpRequestConfig, fields: list[tuple[str, str]], context: ActionContext
) -> tuple[str, bytes]:
    """Return the content type and the body of a request with files.

    Raises:
        ActionError: a file cannot be had, or all together are too large.
    """
    parts = [_Part(name, value.encode()) for name, value in fields]
    size = 0
    for name, number, given in _files(config):
        where = f"files.{name}" if number is None else f"files.{name}[{number}]"
        part = await _part(name, given, where, context)
        size += len(part.data)
        if size > MOST_BYTES:
            message = f"one request sends at most {MOST_BYTES} bytes of files; send fewer, or smaller ones"
            raise ActionError("TM463", f"{context.activity}: {where}: {message}")
        parts.append(part)
    boundary = f"testmesh-{secrets.token_hex(16)}"
    return f"multipart/form-data; boundary={boundary}", b"".join(_written(parts, boundary.encode()))


def bytes_of(text: str, where: str, context: ActionContext) -> bytes:
    """Return what a text means in base64.

    Raises:
        ActionError: it is none.
    """
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        message = f"{where} is no base64: {error}; base64(…) makes it of a text"
        raise ActionError("TM461", f"{context.activity}: {message}") from error


def _files(config: HttpRequestConfig) -> Iterator[tuple[str, int | None, FileGiven]]:
    for name, given in (config.files or {}).items():
        if isinstance(given, list):
            yield from ((name, number, each) for number, each in enumerate(given))
        else:
            yield name, None, given


async def _part(name: str, given: FileGiven, where: str, context: ActionContext) -> _Part:
    file = HttpFile(path=given) if isinstance(given, str) else given
    data, known_as, content_type = await _content(file, where, context)
    filename = file.filename or known_as or name
    guessed = file.content_type or content_type or mimetypes.guess_type(filename)[0] or "application/octet-stream"
    if any(sign in guessed for sign in "\r\n"):
        raise ActionError("TM439", f"{context.activity}: {where}: the content type {guessed!r} cannot be sent")
    return _Part(name, data, filename, guessed)


async def _content(file: HttpFile, where: str, context: ActionContext) -> tuple[bytes, str, str | None]:
    """Return the content of a file, what it is called where it comes from, and its type where that is known."""
    if file.path is not None:
        return await _read(file.path, where, context), file.path.replace("\\", "/").rpartition("/")[2], None
    if file.text is not None:
        return file.text.encode(), "", "text/plain; charset=utf-8" if file.filename is None else None
    if file.base64 is not None:
        return bytes_of(file.base64, f"{where}.base64", context), "", None
    kept: Any = file.artifact
    artifact = kept.get("$artifact") if isinstance(kept, dict) else kept
    if not isinstance(artifact, str):
        message = "is no artifact; name the body of an earlier step that was kept as one, such as ${download.body}"
        raise ActionError("TM462", f"{context.activity}: {where}.artifact {message}")
    told = kept if isinstance(kept, dict) else {}
    return await context.read_artifact(artifact), str(told.get("name") or ""), told.get("content_type")


async def _read(path: str, where: str, context: ActionContext) -> bytes:
    try:
        return await context.read_file(path)
    except ActionError as error:
        hint = "; a path with a reference in it does not travel: write it out" if context.on_server else ""
        raise ActionError("TM460", f"{context.activity}: {where}: {error.message}{hint}") from error


def _written(parts: list[_Part], boundary: bytes) -> Iterator[bytes]:
    for part in parts:
        disposition = f'form-data; name="{_escaped(part.name)}"'
        if part.filename is not None:
            disposition += f'; filename="{_escaped(part.filename)}"'
        head = f"Content-Disposition: {disposition}\r\n"
        if part.content_type is not None:
            head += f"Content-Type: {part.content_type}\r\n"
        yield b"--" + boundary + b"\r\n" + head.encode() + b"\r\n"
        yield part.data
        yield b"\r\n"
    yield b"--" + boundary + b"--\r\n"


def _escaped(name: str) -> str:
    """Write a name as browsers do."""
    return "".join(_ESCAPES.get(sign, sign) for sign in name)
