"""Metadata: what goes beside the messages of a call, to and from plain values."""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from testmesh_sdk import ActionError

_NAME = re.compile(r"[0-9a-z_.-]+")
_TEXT = re.compile(r"[\x20-\x7e]*")
_BINARY = "-bin"
_TRACE = "traceparent"

Pairs = tuple[tuple[str, str | bytes], ...]


def pairs(given: Mapping[str, Any], traceparent: str | None) -> Pairs:
    """Return metadata as it is sent.

    Raises:
        ActionError: a name or a value cannot be sent.
    """
    found: list[tuple[str, str | bytes]] = []
    for written, values in given.items():
        name = written.lower()
        if not _NAME.fullmatch(name):
            raise ActionError("TM539", f"metadata {written!r}: a name has letters, digits, _, - and . alone")
        if name.startswith("grpc-"):
            raise ActionError("TM539", f"metadata {written!r}: names that begin with grpc- are gRPC's own")
        found += [(name, _sent(name, value)) for value in (values if isinstance(values, list) else [values])]
    if traceparent is not None and all(name != _TRACE for name, _ in found):
        found.append((_TRACE, traceparent))
    return tuple(found)


def readable(metadata: Iterable[Sequence[Any]] | None) -> dict[str, str]:
    """Return metadata that came: several values of a name with commas between, those of -bin as base64."""
    found: dict[str, str] = {}
    for name, value in metadata or ():
        text = base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)
        found[name] = f"{found[name]}, {text}" if name in found else text
    return found


def _sent(name: str, value: Any) -> str | bytes:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if name.endswith(_BINARY):
        try:
            return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        except (binascii.Error, ValueError):
            message = "values of names that end in -bin are base64"
            raise ActionError("TM539", f"metadata {name!r} is no base64: {message}") from None
    if not _TEXT.fullmatch(text):
        message = f"it may hold printable ASCII alone; call it {name}{_BINARY} and give base64"
        raise ActionError("TM539", f"metadata {name!r} cannot be sent: {message}")
    return text
