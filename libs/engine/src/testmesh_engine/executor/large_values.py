"""Large values of a step leave its record and go to the artifact store, with a reference in their place."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from pydantic_core import to_json

MAX_RECORD_BYTES = 256 * 1024
"""What input, output and outputs of one step may take together in its record."""
PREVIEW = 200
_SURELY_SMALL = 64

Store = Callable[[str, bytes, str], Awaitable[dict[str, Any]]]


async def shrink(parts: dict[str, Any], store: Store) -> dict[str, Any]:
    """Return the parts of a record, small enough.

    Args:
        parts: What is recorded, by name; of a part that is a map its members are judged one by one.
        store: Keeps bytes under a name and type, and returns what to refer to them by.
    """
    if len(to_json(parts)) <= MAX_RECORD_BYTES:
        return parts
    sizes = {where: size_of(value) for where, value in _members(parts)}
    total = sum(sizes.values())
    shrunk = {name: dict(part) if isinstance(part, dict) else part for name, part in parts.items()}
    for where in sorted(sizes, key=lambda found: sizes[found], reverse=True):
        if total <= MAX_RECORD_BYTES or sizes[where] <= 2 * PREVIEW:
            break
        name, key = where
        value = shrunk[name] if key is None else shrunk[name][key]
        reference = await _stored(value, name if key is None else f"{name}.{key}", store)
        if key is None:
            shrunk[name] = reference
        else:
            shrunk[name][key] = reference
        total -= sizes[where] - size_of(reference)
    return shrunk


def size_of(value: Any) -> int:
    """Return the bytes that a clean value takes as JSON."""
    if value is None or isinstance(value, bool | int | float):
        return _SURELY_SMALL
    if isinstance(value, str) and value.isascii():
        return len(value) + 2
    return len(to_json(value))


def preview_of(value: Any, longest: int = PREVIEW) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= longest else text[:longest] + "…"


def _members(parts: dict[str, Any]) -> list[tuple[tuple[str, str | None], Any]]:
    members: list[tuple[tuple[str, str | None], Any]] = []
    for name, part in parts.items():
        if isinstance(part, dict):
            members += [((name, key), value) for key, value in part.items()]
        else:
            members.append(((name, None), part))
    return members


async def _stored(value: Any, name: str, store: Store) -> dict[str, Any]:
    if isinstance(value, str):
        data, content_type = value.encode(), "text/plain; charset=utf-8"
    else:
        data, content_type = json.dumps(value, ensure_ascii=False).encode(), "application/json"
    return {**await store(name, data, content_type), "preview": preview_of(value)}
