"""The result of a local run as a server takes it: one JSON document, small enough."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from testmesh_cli.errors import CliError
from testmesh_cli.running.result import FlowResult
from testmesh_contracts.event_json import encode_event, storable
from testmesh_contracts.events import ExecutionFinished, LogLine, StepFinished
from testmesh_contracts.message import TERMINAL

MOST_BYTES = 24 * 1024 * 1024
"""What a server takes of one result."""
MOST_LINES = 100_000
SHORTER = (16 * 1024, 1024, 0)
"""Bytes to which values of steps are cut, one after the other, until the whole fits."""
PREVIEW = 200
DEEPEST = 56
"""A server takes 64 levels, counted from the outside of the document."""
PARTS = ("input", "output", "outputs")
NOBODY = UUID(int=0)


class ResultTooLargeError(CliError):
    """A result is larger than a server takes, without any values of its steps too."""

    code = "result_too_large"

    def __init__(self, name: str, size: int) -> None:
        super().__init__(
            f"the result of {name!r} is not uploaded: its steps alone are {size} bytes, a server takes {MOST_BYTES}; "
            "split the flow, or run it with --remote"
        )


@dataclass(frozen=True, slots=True)
class Origin:
    """What all results of one run have in common."""

    trigger: str
    environment: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


def document_of(result: FlowResult, origin: Origin) -> bytes:
    """Return the document of a flow that was begun; what had to be left out of it, it says.

    Raises:
        ResultTooLargeError: it cannot be made small enough.
    """
    assert result.status in TERMINAL
    assert result.started_at is not None
    assert result.finished_at is not None
    document = {
        "id": result.execution_id,
        "flow_name": result.file.checked.name,
        "source": result.file.source.decode("utf-8-sig"),
        "environment": origin.environment,
        "trigger_type": origin.trigger,
        "labels": dict(origin.labels),
        "seed": result.seed,
        **_end_of(result, result.started_at, result.finished_at),
        "steps": [_step(step) for step in result.steps],
        "logs": [_line(line) for line in result.logs[:MOST_LINES]],
    }
    if len(result.logs) > MOST_LINES:
        document["warnings"].append(f"{len(result.logs) - MOST_LINES} log lines were left out of the upload")
    return _fitted(document, result.file.checked.name)


def _end_of(result: FlowResult, started_at: datetime, finished_at: datetime) -> dict[str, Any]:
    """Return how it ended; cut as the runner's word for it would be."""
    end = ExecutionFinished(
        project_id=NOBODY,
        flow_name=result.file.checked.name,
        trigger_type="manual",
        status=result.status,
        started_at=started_at,
        finished_at=max(started_at, finished_at),  # the clock may have been set meanwhile
        duration_ms=result.duration_ms or 0.0,
        error_code=result.error_code,
        error_message=result.error_message,
        warnings=result.warnings,
        outputs=result.outputs,
    )
    kept = ("status", "started_at", "finished_at", "duration_ms", "error_code", "error_message", "warnings", "outputs")
    said = json.loads(encode_event(end))
    return {name: _shallow(said[name]) for name in kept}


def _step(step: StepFinished) -> dict[str, Any]:
    said = _without_nothing(json.loads(encode_event(step)))
    for part in PARTS:
        if part in said:
            said[part] = _without_references(said[part])
    return dict(_shallow(said))


def _line(line: LogLine) -> dict[str, Any]:
    return _without_nothing(json.loads(encode_event(line)))


def _without_nothing(said: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value is not None and value != [] and value != {}}


def _without_references(value: Any) -> Any:
    changed = _without_reference(value)
    if changed is not value or not isinstance(value, dict):
        return changed
    return {name: _without_reference(member) for name, member in value.items()}


def _without_reference(value: Any) -> Any:
    """Say of a value that is in a file here that it stayed here: no server can read that file."""
    if not isinstance(value, dict) or "$artifact" not in value or "preview" not in value:
        return value
    why = value.get("not_kept") or "it stayed where the flow was run"
    return _left_out(value["size_bytes"], value["preview"], why)


def _left_out(size: int, preview: Any, why: str) -> dict[str, Any]:
    return {"left_out": f"{size} bytes: {why}", "preview": preview}


def _shallow(value: Any, room: int = DEEPEST) -> Any:
    """Leave out what is nested deeper than a server takes."""
    if not isinstance(value, dict | list):
        return value
    if not room:
        return {"left_out": "nested too deeply to be uploaded"}
    if isinstance(value, dict):
        return {name: _shallow(member, room - 1) for name, member in value.items()}
    return [_shallow(member, room - 1) for member in value]


def _fitted(document: dict[str, Any], name: str) -> bytes:
    data = _dumped(document)
    if len(data) <= MOST_BYTES:
        return data
    warnings = list(document["warnings"])
    for most in SHORTER:
        for step in document["steps"]:
            for part in PARTS:
                if part in step:
                    step[part] = _cut_part(step[part], most)
        said = f"values of steps over {most} bytes were left out of the upload: the whole was too large"
        document["warnings"] = [*warnings, said]
        if len(data := _dumped(document)) <= MOST_BYTES:
            return data
    said = "log lines and values of steps were left out of the upload: the whole was too large"
    document |= {"logs": [], "warnings": [*warnings, said]}
    if len(data := _dumped(document)) <= MOST_BYTES:
        return data
    raise ResultTooLargeError(name, len(data))


def _cut_part(value: Any, most: int) -> Any:
    """Cut a part of a step; of a map first the members, so that small ones stay beside a large one."""
    if isinstance(value, dict) and most:
        return {name: _cut(member, most) for name, member in value.items()}
    return _cut(value, most)


def _cut(value: Any, most: int) -> Any:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    size = len(text.encode())
    if size <= max(most, 2 * PREVIEW) or (isinstance(value, dict) and "left_out" in value):
        return value
    return _left_out(size, text[:PREVIEW] + "…", "the whole upload was too large")


def _dumped(document: dict[str, Any]) -> bytes:
    return json.dumps(storable(document), ensure_ascii=False, separators=(",", ":")).encode()
