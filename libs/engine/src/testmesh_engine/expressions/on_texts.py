"""The functions that make, cut and judge texts."""

import base64 as codec
import binascii
import json
import re
from datetime import datetime
from functools import lru_cache
from math import isfinite
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID

from testmesh_engine.expressions import values
from testmesh_engine.expressions.arguments import items, text
from testmesh_engine.expressions.errors import (
    InvalidArgumentError,
    LimitExceededError,
    MistakenArgumentError,
    TypeMismatchError,
    cut,
)
from testmesh_engine.expressions.frames import Frame
from testmesh_engine.expressions.limits import MAX_DIGITS, MAX_PATTERN

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9-]{1,63})((?:\.[A-Za-z0-9-]{1,63})+)")
_MAX_ADDRESS = 254
_MAX_DATE = 64
_STATES_PER_STEP = 500
"""States of a pattern, for each character, that cost as much as one step."""


def join(frame: Frame, value: object, separator: object = "") -> object:
    parts = [text(item, "join") for item in items(value, "join")]
    between = text(separator, "join")
    frame.admit_text(sum(map(len, parts)) + len(between) * len(parts))
    return between.join(parts)


def split(frame: Frame, value: object, separator: object) -> object:
    whole, between = text(value, "split"), text(separator, "split")
    if not between:
        raise MistakenArgumentError("split() needs a separator that is not empty")
    frame.admit_text(len(whole))
    frame.admit_items(whole.count(between) + 1)
    return list(whole.split(between))


def trim(frame: Frame, value: object, characters: object = None) -> object:
    whole = text(value, "trim")
    frame.admit_text(len(whole))
    if characters is None:
        return whole.strip()
    if len(text(characters, "trim")) > MAX_PATTERN:
        raise LimitExceededError(f"trim() takes at most {MAX_PATTERN} characters to trim")
    return whole.strip(text(characters, "trim"))


def upper(frame: Frame, value: object) -> object:
    frame.admit_text(len(text(value, "upper")))
    return text(value, "upper").upper()


def lower(frame: Frame, value: object) -> object:
    frame.admit_text(len(text(value, "lower")))
    return text(value, "lower").lower()


def replace(frame: Frame, value: object, old: object, new: object) -> object:
    whole, before, after = text(value, "replace"), text(old, "replace"), text(new, "replace")
    if not before:
        raise MistakenArgumentError("replace() needs a text to replace that is not empty")
    frame.admit_text(len(whole) + whole.count(before) * max(0, len(after) - len(before)))
    return whole.replace(before, after)


def to_json(frame: Frame, value: object) -> object:
    return values.to_json(value, frame)


def from_json(frame: Frame, value: object) -> object:
    whole = text(value, "from_json")
    frame.admit_text(len(whole))
    try:
        return json.loads(whole, parse_constant=_refuse_constant, parse_float=_finite, parse_int=_bounded)
    except RecursionError:
        raise LimitExceededError("from_json() meets lists and maps that are nested too deep") from None
    except ValueError as error:
        raise InvalidArgumentError(f"from_json() cannot read {values.shown(whole, 60)}: {error}") from None


def _finite(written: str) -> float:
    number = float(written)
    if not isfinite(number):
        raise ValueError(f"{cut(written, 20)} is too large")
    return number


def _bounded(written: str) -> int:
    if len(written) > MAX_DIGITS:
        raise ValueError(f"a whole number of {len(written)} digits is more than the {MAX_DIGITS} allowed")
    return int(written)


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def base64(frame: Frame, value: object) -> object:
    content = value if isinstance(value, bytes) else text(value, "base64").encode("utf-8", "surrogatepass")
    frame.admit_text(len(content) * 2)
    return codec.b64encode(content).decode("ascii")


def from_base64(frame: Frame, value: object) -> object:
    whole = text(value, "from_base64")
    frame.admit_text(len(whole))
    try:
        return codec.b64decode(whole, validate=True).decode("utf-8")
    except (binascii.Error, ValueError) as error:
        raise InvalidArgumentError(f"from_base64() cannot read {values.shown(whole, 60)}: {error}") from None


def string(frame: Frame, value: object) -> object:
    return values.to_text(value, frame)


def is_uuid(_: Frame, value: object) -> object:
    return isinstance(value, UUID) or _UUID.fullmatch(text(value, "is_uuid")) is not None


def is_email(_: Frame, value: object) -> object:
    address = text(value, "is_email")
    if len(address) > _MAX_ADDRESS or ".." in address:
        return False
    match = _EMAIL.fullmatch(address)
    if match is None or address.startswith(".") or ".@" in address:
        return False
    labels = [match[1], *match[2][1:].split(".")]
    return not any(label.startswith("-") or label.endswith("-") for label in labels)


def is_url(frame: Frame, value: object) -> object:
    address = text(value, "is_url")
    frame.spend(len(address))
    if any(character.isspace() for character in address):
        return False
    try:
        parts = urlsplit(address)
        return bool(parts.scheme and parts.hostname) and (parts.port is None or parts.port >= 0)
    except ValueError:
        return False


def is_iso_date(_: Frame, value: object) -> object:
    written = text(value, "is_iso_date")
    if len(written) > _MAX_DATE:
        return False
    try:
        datetime.fromisoformat(written)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=256)
def pattern(source: str) -> Any:
    """A regular expression in linear time; ValueError where it is none."""
    if len(source) > MAX_PATTERN:
        raise LimitExceededError(f"a regular expression is at most {MAX_PATTERN} characters")
    import re2  # only for flows that match texts: it is 2 ms of each start

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(source, options)
    except (re2.error, UnicodeError) as error:
        raise ValueError(f"`{cut(source, 60)}` is no regular expression (RE2): {_complaint(error)}") from None


def pay_for_match(frame: Frame, compiled: Any, text: str) -> None:
    """Linear time is the text's length times the pattern's size, at worst."""
    frame.admit_text(len(text) * 4)
    frame.spend(len(text) * compiled.programsize // _STATES_PER_STEP)


def _complaint(error: Exception) -> str:
    """RE2 hands its complaint over as bytes."""
    said = error.args[0] if error.args else ""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


def matches(frame: Frame, value: object, source: object) -> bool:
    """Tell whether the pattern is found anywhere in the text."""
    import re2

    if not isinstance(value, str) or not isinstance(source, str):
        raise TypeMismatchError(
            f"`matches` takes two strings, not {values.described(value)} and {values.described(source)}"
        )
    try:
        compiled = pattern(source)
        pay_for_match(frame, compiled, value)
        return cast(object, compiled.search(value)) is not None
    except UnicodeError as error:
        raise InvalidArgumentError(str(error)) from None
    except (ValueError, re2.error) as error:
        raise MistakenArgumentError(str(error)) from None
