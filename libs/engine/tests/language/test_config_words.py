"""What is wrong with a config is said in the flow's own words, once, with the place and what to do."""

from typing import Annotated, Literal

import pytest
from pydantic import Field, ValidationError

from testmesh_engine.language import FlowInvalidError, parse_flow
from testmesh_engine.language.config_words import config_faults
from testmesh_sdk import ActionConfig, Duration


class Inner(ActionConfig):
    username: str
    number: int = 0


class Config(ActionConfig):
    text: str = "a"
    long_text: Annotated[str, Field(min_length=2, max_length=4)] = "abc"
    word: Annotated[str, Field(pattern="^[a-z]+$")] = "a"
    level: Literal["debug", "info", "warning"] = "info"
    count: Annotated[int, Field(ge=1, lt=10)] = 1
    flag: bool = True
    items: Annotated[list[str], Field(min_length=1, max_length=2)] = Field(default=["a"])
    some: dict[str, str | int | float | bool] = Field(default={})
    inner: Inner | None = None
    wait: Duration = 0.0


def said(**values) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as raised:
        Config.model_validate(values)
    return [(fault.message, fault.hint) for fault in config_faults(Config, values, raised.value)]


@pytest.mark.parametrize(
    ("values", "message", "hint"),
    [
        ({"text": 5}, '"text" is text, here is a number', "put it in quotes"),
        ({"text": ["a"]}, '"text" is text, here is a list', ""),
        ({"text": None}, '"text" is text, here is nothing', ""),
        ({"long_text": ""}, '"long_text" is empty', ""),
        ({"long_text": "a"}, '"long_text" has fewer than 2 characters', ""),
        ({"long_text": "abcde"}, '"long_text" has more than 4 characters', ""),
        ({"word": "A B"}, '"word" cannot be "A B": it does not match ^[a-z]+$', ""),
        ({"level": "warn"}, '"level" cannot be "warn"', 'did you mean "warning"?'),
        ({"level": "loud"}, '"level" cannot be "loud"', "known here: debug, info, warning"),
        ({"count": 0}, '"count" is at least 1, here is 0', ""),
        ({"count": 10}, '"count" is less than 10, here is 10', ""),
        ({"count": "5"}, '"count" is a whole number, here is the text "5"', "leave out the quotes"),
        ({"count": "five"}, '"count" is a whole number, here is the text "five"', ""),
        ({"count": 1.5}, '"count" is a whole number, here is 1.5', ""),
        ({"flag": "true"}, '"flag" is true or false, here is the text "true"', "leave out the quotes"),
        ({"flag": "yes"}, '"flag" is true or false, here is the text "yes"', ""),
        ({"items": "a"}, '"items" is a list, here is the text "a"', ""),
        ({"items": []}, '"items" is empty', ""),
        ({"items": ["a", "b", "c"]}, '"items" has more than 2 items', ""),
        ({"items": ["a", 1]}, '"items.1" is text, here is a number', "put it in quotes"),
        ({"some": {"a": []}}, '"some.a" is text, a number or true or false, here is a list', ""),
        ({"inner": "bob"}, '"inner" is a map, here is the text "bob"', ""),
        ({"inner": {}}, '"inner.username" is missing', ""),
        ({"inner": {"username": "u", "nmber": 1}}, 'unknown key "nmber"', 'did you mean "number"?'),
        ({"txt": "a"}, 'unknown key "txt"', 'did you mean "text"?'),
        (
            {"wait": 5},
            "wait: 5 is not a duration; write a number with its unit: 500ms, 10s, 1m30s or 2h",
            "",
        ),
    ],
)
def test_a_fault_is_said_in_the_words_of_flows(values, message, hint):
    assert said(**values) == [(message, hint)]


def test_every_fault_is_told_once():
    found = said(text=5, count=0, some={"a": [], "b": {}})

    assert [message.split('"')[1] for message, _ in found] == ["text", "count", "some.a", "some.b"]


def test_a_fault_of_a_flow_has_its_place_and_its_remedy():
    source = "name: a\nsteps:\n  - {action: log, config: {message: hi, level: warn}}\n"

    with pytest.raises(FlowInvalidError) as raised:
        parse_flow(source)

    (found,) = raised.value.diagnostics
    assert (found.code, found.line, found.column) == ("TM208", 3, 48)
    assert found.message == 'config of log: "level" cannot be "warn"'
    assert found.hint == 'did you mean "warning"?'


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("in", '"in" is a word of the expressions: write another, such as "in_"'),
        ("my-step", "use letters, digits and _, not a digit first"),
        ("x" * 256, "a name has at most 255 characters"),
    ],
)
def test_a_word_that_cannot_be_an_id_is_refused_for_its_own_reason(name, hint):
    source = f"name: a\nsteps:\n  - {{id: {name}, action: log, config: {{message: hi}}}}\n"

    with pytest.raises(FlowInvalidError) as raised:
        parse_flow(source)

    (found,) = raised.value.diagnostics
    assert (found.code, found.message, found.hint) == ("TM204", f'"{name}" cannot be an id', hint)
