"""Replies as plain values: texts where they are UTF-8, else `{base64: …}`."""

import base64
import json
import math
from typing import Any

from redis.exceptions import ResponseError

from testmesh_sdk import ActionFailure


def plain(value: Any) -> Any:
    """Return a reply as its author reads it; a set has no order, so that it is sorted here."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {_key(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, set | frozenset):
        return sorted((plain(each) for each in value), key=lambda each: (type(each).__name__, str(each)))
    if isinstance(value, float) and not math.isfinite(value):
        return {math.inf: "inf", -math.inf: "-inf"}.get(value, "nan")
    return str(value) if isinstance(value, ResponseError) else value


def parsed(value: Any, what: str) -> Any:
    """Return a plain value with its text read as JSON.

    Raises:
        ActionFailure: it is none.
    """
    if not isinstance(value, str):
        if isinstance(value, dict) and set(value) == {"base64"}:
            raise ActionFailure(f"{what} is no JSON: it is no text at all; leave json out, and look at value.base64")
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise ActionFailure(f"{what} is no JSON: {error}; it begins {value[:60]!r}") from error


def parsed_inside(value: Any, what: str) -> Any:
    """Likewise for the texts in lists and the values of maps."""
    if isinstance(value, dict):
        return {key: parsed(inner, f"{what}.{key}") for key, inner in value.items()}
    if isinstance(value, list):
        return [parsed(each, f"{what}[{number}]") for number, each in enumerate(value)]
    return parsed(value, what)


def _key(key: Any) -> str:
    found = plain(key)
    return found if isinstance(found, str) else json.dumps(found)
