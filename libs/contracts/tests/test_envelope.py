import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testmesh_contracts import TOPICS, Entry, EntryInvalidError, Topic, decode, encode, read_entry, uuid7
from testmesh_contracts.events import ExecutionEvents, LogLine, UnknownEvent
from testmesh_contracts.executions import DrainRunner, RunRevoked
from testmesh_contracts.queries import Answer, GetFlow
from testmesh_contracts.topics import CONTROL, EVENTS, REPLIES, RESULTS, STORAGE_QUERIES

EXECUTION = UUID("0192f6a0-6f4e-7c3e-9a51-2f5f0a6d7b10")
NAMES = (b"type", b"body", b"execution", b"fence", b"trace", b"id", b"reply", b"deadline")
TYPES = sorted({name for topic in TOPICS for name in topic.models})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def _heard(topic: Topic, fields: dict[bytes, bytes]) -> str:
    """Read an entry as every reader does; say how it ended."""
    try:
        return "passed over" if decode(topic, read_entry(topic, fields)) is None else "read"
    except EntryInvalidError:
        return "refused"


def _pack(*events: object) -> bytes:
    placed = [{"seq": number, "event": event} for number, event in enumerate(events, start=1)]
    said = {
        "type": "execution.events",
        "execution_id": str(EXECUTION),
        "run": 1,
        "fence": 7,
        "events": placed,
    }
    return json.dumps(said).encode()


@given(st.sampled_from(TOPICS), st.dictionaries(st.sampled_from(NAMES) | st.binary(), st.binary()))
def test_garbage_on_a_topic_is_refused_and_never_raises_anything_else(topic, fields) -> None:
    assert _heard(topic, fields) in ("refused", "passed over")


@given(st.sampled_from(TOPICS), st.sampled_from(TYPES), st.binary() | JSON.map(lambda v: json.dumps(v).encode()))
def test_garbage_bodies_are_refused_or_passed_over(topic, type_, body) -> None:
    assert _heard(topic, {b"type": type_.encode(), b"body": body}) in ("refused", "passed over", "read")


@given(JSON)
def test_garbage_in_a_pack_never_raises_anything_else(event) -> None:
    assert _heard(EVENTS, {b"type": b"execution.events", b"body": _pack(event)}) in ("refused", "read")


@given(JSON)
def test_garbage_in_a_cloud_event_is_refused(data) -> None:
    body = json.dumps({"specversion": "1.0", "data": data}).encode()

    assert _heard(RESULTS, {b"type": b"execution.completed", b"body": body}) == "refused"


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"data":' * 100_000, b"\xff\xfe", b"", b"null", b'"\\ud800"'])
@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_body_that_is_no_message_is_refused(topic: Topic, body: bytes) -> None:
    for name in topic.models:
        assert _heard(topic, {b"type": name.encode(), b"body": body}) == "refused"


def test_an_event_whose_type_is_no_text_is_refused() -> None:
    assert _heard(EVENTS, {b"type": b"execution.events", b"body": _pack({"type": [1]})}) == "refused"


@pytest.mark.parametrize("name", ["type", "body"])
def test_an_entry_without_a_needed_field_is_refused_by_that_fields_name(name: str) -> None:
    fields = encode(CONTROL, DrainRunner(runner_id="runner-1")).fields()
    del fields[name.encode()]

    with pytest.raises(EntryInvalidError, match=f"{name!r} is missing") as refused:
        read_entry(CONTROL, fields)

    assert refused.value.code == "entry_invalid"
    assert CONTROL.name in str(refused.value)


def test_routing_fields_survive_the_way_through_a_stream() -> None:
    question = GetFlow(project_id=uuid7(), name="order is paid")
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    entry = encode(STORAGE_QUERIES, question, id=uuid7(), reply="replies.1", deadline=1_790_000_000_000, trace=trace)

    assert entry == read_entry(STORAGE_QUERIES, entry.fields())


def test_an_entry_is_routed_by_the_execution_and_the_fence_that_it_names() -> None:
    said = encode(CONTROL, RunRevoked(execution_id=EXECUTION, fence=7), fence=7)

    assert (said.execution, said.fence) == (EXECUTION, 7)
    assert str(EXECUTION).encode() == said.fields()[b"execution"]


def test_absent_routing_fields_are_not_said() -> None:
    assert {b"type", b"body"} == set(encode(CONTROL, DrainRunner(runner_id="runner-1")).fields())


def test_unknown_fields_are_ignored_at_every_depth() -> None:
    line = {"type": "log.line", "message": "hello", "at": "2026-09-21T23:59:00Z"}
    newer = json.loads(_pack(line | {"colour": "red"})) | {"priority": 3}
    fields = {b"type": b"execution.events", b"body": json.dumps(newer).encode(), b"shard": b"7"}

    heard = decode(EVENTS, read_entry(EVENTS, fields))

    assert heard == decode(EVENTS, Entry(type="execution.events", body=_pack(line)))


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_an_unknown_type_is_passed_over_whatever_its_body(topic: Topic) -> None:
    assert decode(topic, Entry(type="execution.imagined", body=b"\x00")) is None


def test_an_unknown_event_in_a_pack_is_passed_over_without_its_neighbours() -> None:
    line = {"type": "log.line", "message": "hello", "at": "2026-09-21T23:59:00Z"}

    heard = decode(EVENTS, Entry(type="execution.events", body=_pack(line, {"type": "step.imagined", "x": 1}, line)))

    assert isinstance(heard, ExecutionEvents)
    assert [LogLine, UnknownEvent, LogLine] == [type(placed.event) for placed in heard.events]
    assert heard.events[1].event.type == "step.imagined"


def test_a_known_event_that_is_not_valid_is_refused_and_not_taken_for_an_unknown_one() -> None:
    with pytest.raises(EntryInvalidError, match=r"log\.line"):
        decode(EVENTS, Entry(type="execution.events", body=_pack({"type": "log.line"})))


def test_a_message_is_not_said_on_a_topic_that_the_map_does_not_give_it() -> None:
    with pytest.raises(EntryInvalidError, match=r"runner\.drain"):
        encode(RESULTS, DrainRunner(runner_id="runner-1"))


def test_a_body_over_the_topics_limit_is_not_said() -> None:
    with pytest.raises(EntryInvalidError, match=str(REPLIES.max_body)):
        encode(REPLIES, Answer(result="x" * REPLIES.max_body))


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"specversion": "0.3", "data": {}}', b'{"specversion": "1.0"}'])
def test_a_result_without_its_cloud_event_is_refused(body: bytes) -> None:
    with pytest.raises(EntryInvalidError, match="CloudEvents"):
        decode(RESULTS, Entry(type="execution.completed", body=body))
