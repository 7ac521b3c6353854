"""A status of HTTP in words: how far one is from another says nothing."""

import re
from http import HTTPStatus

_NAMED_STATUS = re.compile(r"(?:^|\.)status(?:_code)?$")


def status_phrase(name: str, actual: object, other: object) -> str | None:
    """Return the phrase of an answer's status; None where the name or a value is none of a status."""
    if not (_NAMED_STATUS.search(name) and _is_status(actual) and _is_status(other)):
        return None
    return phrase_of(actual)


def phrase_of(status: object) -> str:
    return next((known.phrase for known in HTTPStatus if known.value == status), "")


def _is_status(value: object) -> bool:
    return type(value) is int and 100 <= value <= 599
