from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from testmesh_contracts.compatibility import breaking_changes, breaking_release
from testmesh_contracts.schemas import topic_schema
from testmesh_contracts.topics import CONTROL, EVENTS, REPLIES, REQUESTS, RESULTS

MEMBER = Path(__file__).parents[1]
RELEASES = sorted((MEMBER / "released").iterdir(), key=lambda path: [int(part) for part in path.name.split(".")])
Change = Callable[[dict[str, Any]], Any]
RELEASED = {
    row.name: topic_schema(row) for row in (REQUESTS["normal"], CONTROL, EVENTS, RESULTS, REPLIES)
}  # the planted changes start from today's schemas, whatever they are


def _of(definition: str, field: str) -> Change:
    return lambda schema: schema["$defs"][definition]["properties"][field]


def test_nothing_that_was_released_is_broken() -> None:
    assert breaking_release(RELEASES[-1], MEMBER / "schemas") == []


@pytest.mark.parametrize("topic", RELEASED)
def test_a_schema_does_not_break_itself(topic: str) -> None:
    assert breaking_changes(RELEASED[topic], deepcopy(RELEASED[topic])) == []


def _planted(topic: str, change: Change) -> list[str]:
    newer = deepcopy(RELEASED[topic])
    change(newer)
    assert newer != RELEASED[topic]
    return breaking_changes(RELEASED[topic], newer)


REQUEST, FEED = "executions.requests.normal", "executions.events"
BREAKING: dict[str, tuple[str, Change, str]] = {
    "a property removed": (
        REQUEST,
        lambda s: s["$defs"]["ExecutionRequested"]["properties"].pop("labels"),
        "/labels: the property was removed",
    ),
    "a property of a part removed": (
        REQUEST,
        lambda s: s["$defs"]["FlowBody"]["properties"].pop("source"),
        "/body/source: the property was removed",
    ),
    "a property newly required": (
        REQUEST,
        lambda s: s["$defs"]["ExecutionRequested"]["required"].append("batch_id"),
        "/batch_id: the property is newly required",
    ),
    "a new property that is required": (
        "executions.control",
        lambda s: s["$defs"]["DrainRunner"].update(
            properties=s["$defs"]["DrainRunner"]["properties"] | {"why": {"type": "string"}},
            required=["type", "runner_id", "why"],
        ),
        "/why: the property is newly required",
    ),
    "a type changed": (
        REQUEST,
        lambda s: _of("ExecutionRequested", "flow_name")(s).update(type="integer"),
        "/flow_name: the type 'string' became 'integer'",
    ),
    "a number that shall be whole": (
        FEED,
        lambda s: _of("StepFinished", "duration_ms")(s).update(type="integer"),
        "/duration_ms: the type 'number' became 'integer'",
    ),
    "a format changed": (
        REQUEST,
        lambda s: _of("ExecutionRequested", "requested_at")(s).update(format="date"),
        "/requested_at: the format 'date-time' became 'date'",
    ),
    "null no longer allowed": (
        REQUEST,
        lambda s: _of("ExecutionRequested", "flow_id")(s)["anyOf"].pop(),
        "/flow_id: 'null' was removed",
    ),
    "anything became text": (
        FEED,
        lambda s: _of("StepFinished", "output")(s).update(type="string"),
        "/output: the type 'any value' became 'string'",
    ),
    "an enum narrowed": (
        REQUEST,
        lambda s: _of("ExecutionRequested", "priority")(s)["enum"].remove("low"),
        "/priority: the allowed values lost ['low']",
    ),
    "an enum where text was": (
        REQUEST,
        lambda s: _of("ExecutionRequested", "flow_name")(s).update(enum=["a"]),
        "/flow_name: newly limited to ['a']",
    ),
    "the names of a map narrowed": (
        RESULTS.name,
        lambda s: _of("ExecutionCompleted", "step_counts")(s)["propertyNames"]["enum"].remove("error"),
        "/step_counts/propertyNames: the allowed values lost ['error']",
    ),
    "a floor raised": (
        FEED,
        lambda s: _of("ExecutionEvents", "run")(s).update(minimum=2),
        "/run: minimum rose from 1 to 2",
    ),
    "a ceiling": (
        FEED,
        lambda s: _of("ExecutionEvents", "events")(s).update(maxItems=10),
        "/events: maxItems fell from 'none' to 10",
    ),
    "a default changed": (
        REQUEST,
        lambda s: _of("ExecutionRequested", "priority")(s).update(default="low"),
        "/priority: the default 'normal' became 'low'",
    ),
    "unknown fields refused": (
        REQUEST,
        lambda s: s["$defs"]["ExecutionRequested"].update(additionalProperties=False),
        "additionalProperties: no longer allowed",
    ),
    "a message removed": (
        "executions.control",
        lambda s: s["anyOf"].pop(1),
        "'run.revoked' was removed",
    ),
    "the type of a lone message renamed": (
        REQUEST,
        lambda s: _of("ExecutionRequested", "type")(s).update(const="execution.wanted"),
        "/type: the allowed values lost ['execution.requested']",
    ),
    "an event removed from the pack": (
        FEED,
        lambda s: _of("SequencedEvent", "event")(s)["anyOf"].pop(4),
        "'log.line' was removed",
    ),
    "a property of an event removed": (
        FEED,
        lambda s: s["$defs"]["LogLine"]["properties"].pop("level"),
        "<log.line>/level: the property was removed",
    ),
    "a field of the envelope removed": (
        RESULTS.name,
        lambda s: s["anyOf"][0]["properties"].pop("subject"),
        "/subject: the property was removed",
    ),
    "a result of the replies removed": (
        REPLIES.name,
        lambda s: s["x-results"].pop("FlowView"),
        "FlowView: the result was removed",
    ),
    "a property of a result removed": (
        REPLIES.name,
        lambda s: s["$defs"]["StepView"]["properties"].pop("path"),
        "/path: the property was removed",
    ),
}
ADDITIVE: dict[str, tuple[str, Change]] = {
    "a new optional property": (
        REQUEST,
        lambda s: s["$defs"]["ExecutionRequested"]["properties"].update(note={"type": "string", "default": ""}),
    ),
    "a new message": (
        "executions.control",
        lambda s: s["anyOf"].append({"type": "object", "properties": {"type": {"const": "runner.greet"}}}),
    ),
    "a second message beside a lone one": (
        REQUEST,
        lambda s: s["anyOf"].append({"type": "object", "properties": {"type": {"const": "execution.greeted"}}}),
    ),
    "a new event of the pack": (
        FEED,
        lambda s: _of("SequencedEvent", "event")(s)["anyOf"].append(
            {"type": "object", "properties": {"type": {"const": "step.progressed"}}}
        ),
    ),
    "a whole number that may have a fraction": (
        FEED,
        lambda s: _of("ArtifactStored", "size_bytes")(s).update(type="number"),
    ),
    "a limit lifted": (FEED, lambda s: _of("ExecutionEvents", "events")(s).pop("minItems")),
    "another description": (REQUEST, lambda s: s.update(description="Executions.")),
    "a definition renamed": (
        "executions.control",
        lambda s: s.update(
            {
                "anyOf": [*s["anyOf"][:2], {"$ref": "#/$defs/Drain"}, *s["anyOf"][3:]],
                "$defs": s["$defs"] | {"Drain": s["$defs"]["DrainRunner"]},
            }
        ),
    ),
}


@pytest.mark.parametrize("planted", BREAKING)
def test_a_planted_breaking_change_is_found_and_named(planted: str) -> None:
    topic, change, told = BREAKING[planted]

    assert any(told in line for line in _planted(topic, change)), _planted(topic, change)


@pytest.mark.parametrize("planted", ADDITIVE)
def test_an_additive_change_is_let_through(planted: str) -> None:
    assert _planted(*ADDITIVE[planted]) == []


def test_a_topic_that_was_removed_is_found(tmp_path: Path) -> None:
    copytree(MEMBER / "schemas", tmp_path, dirs_exist_ok=True)
    (tmp_path / "flows.events.v1.schema.json").unlink()

    assert breaking_release(RELEASES[-1], tmp_path) == ["flows.events.v1: the topic was removed"]


def test_a_definition_that_contains_itself_is_compared_once() -> None:
    tree = {"type": "object", "properties": {"kids": {"type": "array", "items": {"$ref": "#/$defs/Tree"}}}}
    old = {"anyOf": [{"$ref": "#/$defs/Tree"}, {"type": "null"}], "$defs": {"Tree": tree}}
    new = deepcopy(old)
    new["$defs"]["Tree"]["properties"]["kids"]["minItems"] = 1

    assert breaking_changes(old, deepcopy(old)) == []
    assert len(breaking_changes(old, new)) == 1


def test_a_default_beside_a_definition_that_was_compared_before_is_compared_too() -> None:
    part = {"$ref": "#/$defs/Part"}
    old = {"properties": {"a": part, "b": part | {"default": 1}}, "$defs": {"Part": {"type": "integer"}}}
    new = {"properties": {"a": part, "b": part | {"default": 2}}, "$defs": {"Part": {"type": "integer"}}}

    assert breaking_changes(old, new) == ["/b: the default 1 became 2"]
