"""Values, durations and action summaries in few words."""

import json
from pathlib import Path
from typing import Any

from testmesh_cli.reporting.layout import cells, cut
from testmesh_cli.reporting.paper import visible
from testmesh_engine.reporters import wording

LONGEST_VALUE = 600
LONGEST_SUMMARY = 120


def shown_value(value: Any) -> str:
    """Write a value as JSON on one line, cut where it is long."""
    return shortened(visible(json.dumps(value, ensure_ascii=False, default=str)), LONGEST_VALUE)


def near(path: Path) -> str:
    """Return a path as seen from here, where it is below."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def one_line(text: str) -> str:
    return visible(" ".join(text.split()))


def shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text)} characters)"


def shown_duration(milliseconds: float | None) -> str:
    return "" if milliseconds is None else wording.shown_duration(milliseconds)


def action_summary(action: str, given: Any, result: Any, room: int | None = None) -> str:
    """Say what an action did, as far as its input and result tell it, in at most so many columns as there is room."""
    config = given if isinstance(given, dict) else {}
    found = result if isinstance(result, dict) else {}
    if action in {"http_request", "http"} and "url" in config:
        answer = f" → {one_line(str(found['status']))}" if "status" in found else ""
        method, address = one_line(str(config.get("method", ""))).upper(), str(config["url"])
        address = one_line(wording.without_user(address))
        if room is not None:
            address = _near(address, room - cells(f"{method} {answer}"))
        return shortened(f"{method} {address}", LONGEST_SUMMARY) + answer
    words = {
        "log": found.get("message", config.get("message")),
        "delay": config.get("duration"),
        "set": ", ".join(str(name) for name in config) if action == "set" else None,
    }.get(action)
    text = action if words is None else f"{action} {words if isinstance(words, str) else shown_value(words)}"
    words = shortened(one_line(text), LONGEST_SUMMARY)
    return words if room is None else cut(words, room)


def _near(address: str, room: int) -> str:
    """Return an address, or what of it fits: without the host first, then without the middle of the rest."""
    if cells(address) <= room:
        return address
    path = address.partition("://")[2].partition("/")
    rest = f"…/{path[2]}" if path[1] else address
    if cells(rest) <= room:
        return rest
    kept = max(room - 1, 2)
    return f"{rest[: kept // 2]}…{rest[-(kept - kept // 2) :]}"
