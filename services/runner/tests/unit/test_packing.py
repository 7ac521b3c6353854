import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from testmesh_contracts import decode
from testmesh_contracts.event_json import LARGEST_EVENT, encode_event
from testmesh_contracts.events import LogLine, StepFinished
from testmesh_contracts.topics import EVENTS
from testmesh_runner.packing import PACK_BYTES, Place, pack, sequenced

PLACE = Place(uuid4(), 2, 77, "00-" + "1" * 32 + "-" + "2" * 16 + "-01")
NOW = datetime(2026, 1, 2, tzinfo=UTC)


def _line(text="hello"):
    return LogLine(message=text, at=NOW)


def _step(**facts):
    known = {
        "path": "a",
        "step_id": "a",
        "name": "a",
        "action": "log",
        "phase": "steps",
        "number": 1,
        "started_at": NOW,
        "status": "failed",
        "finished_at": NOW,
        "duration_ms": 1,
    }
    return StepFinished(**(known | facts))


def _packs(events, first=1):
    lines = [sequenced(first + index, encode_event(event)) for index, event in enumerate(events)]
    return list(pack(PLACE, first, lines))


def test_a_pack_is_what_the_contract_says():
    [packed] = _packs([_line("a"), _step(input={"b": [1, None]})], first=4)

    said = decode(EVENTS, packed.entry)

    assert (said.execution_id, said.run, said.fence) == (PLACE.execution_id, 2, 77)
    assert [each.seq for each in said.events] == [4, 5]
    assert [each.event for each in said.events] == [_line("a"), _step(input={"b": [1, None]})]
    assert (packed.entry.execution, packed.entry.fence, packed.entry.trace) == (PLACE.execution_id, 77, PLACE.trace)


def test_packs_follow_each_other_without_holes_and_fit_their_entries():
    packs = _packs([_line("x" * 9_000) for _ in range(100)] + [_line("y" * 200_000), _line("z" * 200_000)])

    said = [each.seq for packed in packs for each in decode(EVENTS, packed.entry).events]

    assert said == list(range(1, 103))
    assert [packed.first for packed in packs[1:]] == [packed.last + 1 for packed in packs[:-1]]
    assert all(len(packed.entry.body) <= EVENTS.max_body for packed in packs)
    assert all(len(packed.entry.body) >= PACK_BYTES for packed in packs[:-2])


@pytest.mark.parametrize(
    "facts",
    [
        {"output": "x" * 400_000},
        {"input": {"a": ["y" * 900] * 400}},
        {"outputs": {"big": "z" * 300_000}, "output": ["w"] * 100_000},
        {"error_message": "ü" * 200_000},
    ],
)
def test_an_event_that_is_too_large_is_cut_and_says_so(facts):
    data = encode_event(_step(**facts))

    assert len(data) <= LARGEST_EVENT
    kept = StepFinished.model_validate_json(data)
    assert kept.status == "failed"
    assert "left out" in data.decode()


def test_what_stores_refuse_is_escaped():
    data = encode_event(_step(output={"k\x00": "a\x00b", "s": "\ud800"}, error_message="\udfff"))

    kept = json.loads(data)

    assert kept["output"] == {"k\\u0000": "a\\u0000b", "s": "\\ud800"}
    assert kept["error_message"] == "\\udfff"
