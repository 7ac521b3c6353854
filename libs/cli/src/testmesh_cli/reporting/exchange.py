"""What a step that did not pass sent and received: the beginning of it, what is named like a secret masked."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from testmesh_cli.reporting.paper import Line, Span
from testmesh_cli.reporting.values import one_line
from testmesh_contracts.events import StepFinished
from testmesh_engine.reporters.secrecy import without_secrets

WIDTH = 80
MOST_SENT = 4
MOST_RECEIVED = 6
WHOLE = "whole with -o json"
SPEAKS_TO_NOBODY = frozenset((
    "assert", "set", "log", "delay", "fail",
    "parallel", "for_each", "condition", "repeat_until", "run_flow", "group", "branch", "on_error",
))  # fmt: skip
"""Actions that send nothing; what such a step read is told by its assertions, or by the steps inside it."""
_TELLING = (
    "location", "retry-after", "www-authenticate", "allow", "content-encoding", "x-request-id", "x-correlation-id",
)  # fmt: skip
_MEASURES = frozenset(("duration_ms", "timings"))
_NARROWEST = 30

Row = tuple[str, str]
"""What it is called, and its value, each on one line."""


def exchange_lines(step: StepFinished, indent: str) -> list[Line]:
    """Return a few lines of what was sent and received; none for a step that speaks to no tested system."""
    if step.status == "passed" or step.action in SPEAKS_TO_NOBODY:
        return []
    given, found = _members(without_secrets(step.input)), _members(step.output)
    is_http = "url" in given and "method" in given
    sent, received = (_request(given, found), _response(found)) if is_http else (_rows(given), _rows(found))
    shown = {operand.text for outcome in step.assertions if not outcome.holds for operand in outcome.operands}
    news = [row for row in received if not _is_shown(row, shown)]
    first, sent_cut = _part("request" if is_http else "config", list(sent), MOST_SENT, indent)
    second, received_cut = _part("response" if is_http else "result", news, MOST_RECEIVED, indent)
    lines = first + second
    if sent_cut or received_cut:
        lines.append([Span(f"{indent}{'':<10}({WHOLE})", "dim")])
    return lines


def _is_shown(row: Row, operands: set[str]) -> bool:
    """Say whether a part of the result stands above already, as a value that an assertion read."""
    key, _ = row
    return key in operands or ("body" in operands and key.startswith(("body.", "body[")))


def _part(name: str, rows: list[Row], most: int, indent: str) -> tuple[list[Line], bool]:
    """Return the lines of one side, and whether something is left out."""
    shown = rows if len(rows) <= most else rows[: most - 1]
    width = max(WIDTH - len(indent) - 10, _NARROWEST)
    lines: list[Line] = []
    whole = len(shown) == len(rows)
    for key, value in shown:
        text = f"{key}: {value}" if key else value
        whole = whole and len(text) <= width
        lines.append([Span(f"{indent}{name:<10}", "dim"), Span(_fitted(text, width))])
        name = ""
    if len(shown) < len(rows):
        lines.append([Span(f"{indent}{'':<10}… {len(rows) - len(shown)} lines more", "dim")])
    return lines, not whole


def _fitted(text: str, width: int) -> str:
    if len(text) <= width:
        return text
    left_out = f"… ({len(text)} characters)"
    return text[: width - len(left_out)] + left_out


def _request(given: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[Row]:
    sent = _members(found.get("request"))
    if given.get("params"):
        yield "params", _value(given["params"])
    headers = {**_members(given.get("headers"))}
    headers |= {name: value for name, value in _members(sent.get("headers")).items() if name == "content-type"}
    seen = {name.lower(): (name, value) for name, value in headers.items()}
    yield from ((name, _value(value, bare=True)) for name, value in seen.values())
    yield from ((name, _value(given[name])) for name in ("auth", "cookies", "files") if given.get(name))
    for name in ("body", "body_base64", "form"):
        if given.get(name) is not None:
            yield from _body(given[name])


def _response(found: Mapping[str, Any]) -> Iterator[Row]:
    if "status" not in found:
        return
    headers = _members(found.get("headers"))
    size = found.get("size_bytes")
    first = [found["status"], headers.get("content-type"), None if size is None else f"{size} bytes"]
    yield "", one_line(", ".join(str(part) for part in first if part is not None))
    yield from ((name, _value(headers[name], bare=True)) for name in _TELLING if name in headers)
    if found.get("body") not in (None, ""):
        yield from _body(found["body"])


def _body(body: Any) -> Iterator[Row]:
    if isinstance(body, dict) and body and "$artifact" not in body:
        yield from ((f"body.{one_line(str(name))}", _value(value)) for name, value in body.items())
    elif isinstance(body, list) and body:
        yield from ((f"body[{place}]", _value(value)) for place, value in enumerate(body))
    elif isinstance(body, str) and "\n" in body.strip():
        yield from (("", one_line(line)) for line in body.splitlines() if line.strip())
    else:
        yield "body", _value(body)


def _rows(members: Mapping[str, Any]) -> Iterator[Row]:
    for name, value in members.items():
        if name not in _MEASURES and value not in (None, "", [], {}):
            yield one_line(str(name)), _value(value)


def _members(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _value(value: Any, *, bare: bool = False) -> str:
    """Write a value on one line; of one that went to the store, how it begins."""
    if isinstance(value, dict) and "$artifact" in value:
        where = "in an artifact" if value["$artifact"] else "that were not kept"
        return one_line(f"({value.get('size_bytes')} bytes {where}) {value.get('preview', '')}")
    return one_line(str(value) if bare else json.dumps(value, ensure_ascii=False, default=str))
