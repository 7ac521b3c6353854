"""A result as it is sent: whole where it fits, and saying what was left out where it does not."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from testmesh_cli.running.result import FlowResult
from testmesh_cli.sources import FlowFile
from testmesh_cli.uploading import document
from testmesh_cli.uploading.document import Origin, ResultTooLargeError, document_of
from testmesh_contracts import uuid7
from testmesh_contracts.event_json import LARGEST_EVENT
from testmesh_contracts.events import LogLine, StepFinished
from testmesh_engine.language import parse_flow

NOW = datetime(2026, 1, 2, tzinfo=UTC)
SOURCE = "name: asks\nsteps:\n  - {id: ask, action: log, config: {message: hi}}\n"


def step(number=1, **facts):
    known = {
        "path": f"ask[{number}]", "step_id": "ask", "name": "ask", "action": "log", "phase": "steps", "number": number,
        "started_at": NOW, "status": "passed", "finished_at": NOW, "duration_ms": 1,
    }  # fmt: skip
    return StepFinished(**(known | facts))


def sent(*steps, **facts):
    file = FlowFile(Path("asks.yaml"), b"\xef\xbb\xbf" + SOURCE.encode(), parse_flow(SOURCE))
    result = FlowResult(
        file, "passed", execution_id=str(uuid7()), steps=list(steps), started_at=NOW, finished_at=NOW, **facts
    )
    return json.loads(document_of(result, Origin("manual")))


def test_what_a_step_told_is_sent_as_it_was_told():
    found = sent(step(output={"status": 200, "body": [1, None, {"a": ""}]}, retry_count=2, line=3))

    assert StepFinished.model_validate(found["steps"][0]) == step(
        output={"status": 200, "body": [1, None, {"a": ""}]}, retry_count=2, line=3
    )
    assert found["source"] == SOURCE


def test_a_value_that_stayed_in_a_file_is_not_sent_as_a_reference_that_leads_nowhere():
    reference = {"$artifact": "1", "size_bytes": 300_000, "sha256": "a" * 64, "preview": "abc…"}
    found = sent(step(output={"status": 200, "body": reference}, input=reference))

    left_out = {"left_out": "300000 bytes: it stayed where the flow was run", "preview": "abc…"}
    assert found["steps"][0]["output"] == {"status": 200, "body": left_out}
    assert found["steps"][0]["input"] == left_out


def test_a_step_that_is_too_large_for_one_event_is_cut():
    found = sent(step(output={"a": "x" * 300_000}, input={"b": "y" * 3000}))

    assert len(json.dumps(found["steps"][0])) <= LARGEST_EVENT
    assert "the rest left out" in found["steps"][0]["output"]["a"]
    assert found["steps"][0]["input"] == {"b": "y" * 3000}


def test_texts_and_depths_that_no_server_takes_are_changed():
    deep: object = "bottom"
    for _ in range(79):
        deep = [deep]
    found = sent(step(output={"nul": "a\x00b", "half": "\ud800", "deep": deep}), error_message="a\x00b")

    assert found["steps"][0]["output"]["nul"] == "a\\u0000b"
    assert found["error_message"] == "a\\u0000b"
    assert "nested too deeply" in json.dumps(found["steps"][0]["output"]["deep"])
    json.dumps(found, ensure_ascii=False).encode()


def test_values_are_left_out_the_largest_first_until_the_whole_fits_and_that_is_told(monkeypatch):
    monkeypatch.setattr(document, "MOST_BYTES", 40_000)
    small, middle, large = {"v": "s" * 300}, {"v": "m" * 2000}, {"v": "l" * 20_000}
    found = sent(step(1, output=small), step(2, output=middle), step(3, output=large), step(4, output=large))

    one, two, three, _ = (each["output"] for each in found["steps"])
    assert (one, two) == (small, middle)
    assert three["v"]["left_out"] == "20000 bytes: the whole upload was too large"
    assert found["warnings"] == [
        "values of steps over 16384 bytes were left out of the upload: the whole was too large"
    ]


def test_log_lines_go_last_and_a_result_of_steps_that_alone_are_too_many_is_refused(monkeypatch):
    monkeypatch.setattr(document, "MOST_BYTES", 4_000)
    lines = [LogLine(message="x" * 1000, at=NOW) for _ in range(5)]
    found = sent(step(), logs=lines)

    assert found["logs"] == []
    assert "log lines and values of steps were left out" in found["warnings"][0]
    with pytest.raises(ResultTooLargeError, match="split the flow"):
        sent(*(step(number) for number in range(50)))


def test_an_end_before_its_start_is_none():
    found = sent(step())
    assert found["finished_at"] >= found["started_at"]
