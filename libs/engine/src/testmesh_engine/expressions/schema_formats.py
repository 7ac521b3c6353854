"""The formats of JSON Schema that are checked; any other is a remark of the schema's author."""

import re
from collections.abc import Callable
from datetime import date, datetime
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from jsonschema import FormatChecker

from testmesh_engine.expressions import on_texts
from testmesh_engine.expressions.errors import LimitExceededError
from testmesh_engine.expressions.frames import Frame

_TIME = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:[zZ]|[+-][0-9]{2}:[0-9]{2})"
_MOMENT = re.compile(rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})[tT ]({_TIME})")
_CLOCK = re.compile(_TIME)
_LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
_LONGEST = 2_000


def _is_moment(text: str) -> bool:
    match = _MOMENT.fullmatch(text)
    return match is not None and _is_date(match[1]) and _is_clock(match[2])


def _is_date(text: str) -> bool:
    return len(text) == len("2000-01-01") and date.fromisoformat(text).isoformat() == text


def _is_clock(text: str) -> bool:
    cut = re.sub(r"\.[0-9]+", "", text.upper().replace("Z", "+00:00"))
    return _CLOCK.fullmatch(text) is not None and datetime.fromisoformat(f"2000-01-01T{cut}").tzinfo is not None


def _is_hostname(text: str) -> bool:
    return 0 < len(text) <= 253 and all(_LABEL.fullmatch(label) for label in text.split("."))


def _is_pattern(text: str) -> bool:
    try:
        on_texts.pattern(text)
    except LimitExceededError:
        return False
    return True


_CHECKS: dict[str, Callable[[str], object]] = {
    "date-time": _is_moment,
    "date": _is_date,
    "time": _is_clock,
    "email": lambda text: on_texts.is_email(Frame({}), text),
    "uri": lambda text: on_texts.is_url(Frame({}), text) or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s/]", text),
    "uuid": lambda text: on_texts.is_uuid(Frame({}), text),
    "ipv4": lambda text: IPv4Address(text) is not None,
    "ipv6": lambda text: IPv6Address(text) is not None,
    "hostname": _is_hostname,
    "regex": _is_pattern,
}
FORMATS = FormatChecker(formats=())


def _checking(check: Callable[[str], object]) -> Callable[[object], bool]:
    return lambda value: not isinstance(value, str) or (len(value) <= _LONGEST and bool(check(str(value))))


FORMATS.checkers = {name: (_checking(check), (ValueError, AddressValueError)) for name, check in _CHECKS.items()}
