import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from testmesh_contracts import TOPICS, Entry, Message, Topic, decode, encode, message_type, read_entry
from testmesh_contracts.events import EVENTS
from testmesh_contracts.topics import EVENTS as FEED

EXAMPLES = Path(__file__).parents[1] / "examples"
FILES = sorted(EXAMPLES.rglob("*.json"))


def _folder(topic: Topic) -> Path:
    return EXAMPLES / topic.name / f"v{topic.version}"


def _topic(file: Path) -> Topic:
    return next(topic for topic in TOPICS if _folder(topic) == file.parent)


def _name(file: Path) -> str:
    return file.relative_to(EXAMPLES).as_posix()


def _message(file: Path) -> Message:
    body = file.read_bytes()
    message = decode(_topic(file), Entry(type=json.loads(body)["type"], body=body))
    assert message is not None
    return message


def _unknown_fields(said: Any, known: Any, place: str = "") -> list[str]:
    """Return the places of `said` that its reader did not keep."""
    if isinstance(said, dict) and isinstance(known, dict):
        lost = [f"{place}.{name}" for name in said.keys() - known.keys()]
        return lost + [
            at
            for name in said.keys() & known.keys()
            for at in _unknown_fields(said[name], known[name], f"{place}.{name}")
        ]
    if isinstance(said, list) and isinstance(known, list) and len(said) == len(known):
        return [
            at
            for number, (one, other) in enumerate(zip(said, known, strict=True))
            for at in _unknown_fields(one, other, f"{place}[{number}]")
        ]
    return [] if said == known else [place]


@pytest.mark.parametrize("file", FILES, ids=_name)
def test_an_example_survives_the_way_through_a_stream(file: Path) -> None:
    topic, message = _topic(file), _message(file)

    fields = encode(topic, message).fields()

    assert message == decode(topic, read_entry(topic, fields))


@pytest.mark.parametrize("file", [f for f in FILES if "newer_release" not in f.name], ids=_name)
def test_an_example_says_nothing_that_its_message_does_not_know(file: Path) -> None:
    body = json.loads(file.read_bytes())
    said = body["data"] if _topic(file).cloud_events else body

    assert _unknown_fields(said, _message(file).model_dump(mode="json")) == []


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_each_message_of_the_map_has_an_example(topic: Topic) -> None:
    shown = {type(_message(file)) for file in _folder(topic).glob("*.json")}

    assert set(topic.messages) == shown


def test_each_kind_of_event_has_an_example() -> None:
    shown = {
        placed["event"]["type"]
        for file in _folder(FEED).glob("*.json")
        for placed in json.loads(file.read_bytes())["events"]
    }

    assert {message_type(event) for event in EVENTS} | {"step.progressed"} == shown


def test_no_example_stands_outside_a_topic_of_the_map() -> None:
    folders = {_folder(topic) for topic in TOPICS}

    assert [file for file in EXAMPLES.rglob("*") if file.is_file() and file.parent not in folders] == []
    assert [file for file in FILES if not file.stem.isidentifier() or file.stem != file.stem.lower()] == []


def test_a_flow_that_travels_inline_has_the_digest_of_its_source() -> None:
    bodies = [found for file in FILES for found in _with_source(json.loads(file.read_bytes()))]

    assert bodies
    assert [body for body in bodies if sha256(body["source"].encode()).hexdigest() != body["digest"]] == []


def _with_source(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [found for item in value for found in _with_source(item)]
    if not isinstance(value, dict):
        return []
    alone = not value.get("files") and not value.get("calls")  # what is not has the digest of all of it
    here = [value] if value.get("source") and "digest" in value and alone else []
    return here + _with_source(list(value.values()))
