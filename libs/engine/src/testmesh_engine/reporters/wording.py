"""Values and texts of tested systems, as a report may carry them: legal, visible, cut with a word on it."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

from testmesh_contracts.events import StepFinished

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 forbids, and what steers terminals; planes above the first end in two such signs each."""
_NOT_A_CHARACTER = re.compile(
    "[" + "".join(chr(plane * 0x10000 + end) for plane in range(1, 17) for end in (0xFFFE, 0xFFFF)) + "]"
)


def legal(text: str) -> str:
    """Return a text that every format can hold; what it cannot is shown as its escape."""
    return _NOT_A_CHARACTER.sub(_escaped, _ILLEGAL.sub(_escaped, text))


def _escaped(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def cut(text: str, longest: int) -> str:
    """Return a text, or its beginning and how long it was."""
    return text if len(text) <= longest else f"{text[:longest]}… (cut here: {len(text)} characters)"


def one_line(text: str) -> str:
    return legal(" ".join(text.split()))


def shown_value(value: Any, longest: int) -> str:
    """Write a value as JSON on one line, cut where it is long."""
    return cut(one_line(json.dumps(value, ensure_ascii=False, default=str)), longest)


def pretty(value: Any) -> str:
    """Write a value for reading: a text as it is, anything else as indented JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2, default=str)


def shown_duration(milliseconds: float | None) -> str:
    if milliseconds is None:
        return "?"
    if milliseconds < 1_000:
        return "<1 ms" if milliseconds < 1 else f"{milliseconds:.0f} ms"
    seconds = milliseconds / 1_000
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds // 60)} min {int(seconds % 60)} s"


def step_title(step: StepFinished) -> str:
    """Return a step's name with what tells it from its equals: a loop's pass, a later try."""
    repeated = re.search(r"(?:\[[0-9]+\])?@[0-9]+$|\[[0-9]+\]$", step.path, re.ASCII)
    return one_line(f"{step.name} {repeated[0]}" if repeated else step.name)


def step_summary(step: StepFinished) -> tuple[str, str]:
    """Say in a few words what a step did, and what came back."""
    given, found = step.input, step.output
    if isinstance(given, dict) and "url" in given and "method" in given:
        status = f"→ {found['status']}" if isinstance(found, dict) and "status" in found else ""
        return cut(one_line(f"{given['method']} {without_user(str(given['url']))}"), 160), cut(one_line(status), 20)
    return one_line(step.action), ""


def without_user(url: str) -> str:
    """Leave a name and a password out of an address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host).geturl() if host != parts.netloc else url
