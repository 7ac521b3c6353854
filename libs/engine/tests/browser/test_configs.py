"""What a step's config may say, told before any browser starts."""

import json

import pytest

from testmesh_engine.actions.browser import BrowserAction
from testmesh_engine.browser.patterns import is_like, matches
from testmesh_engine.language import FlowInvalidError, parse_flow


def faults_of(config):
    source = json.dumps({"name": "a", "steps": [{"id": "a", "action": "browser", "config": config}]})
    try:
        parse_flow(source)
    except FlowInvalidError as invalid:
        return [(fault.code, fault.message) for fault in invalid.diagnostics]
    return []


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({}, "write one action, or a list of actions"),
        ({"action": "reload", "actions": [{"action": "reload"}]}, "write one action, or a list of actions"),
        ({"actions": [{"selector": "a"}]}, "each of actions needs its action"),
        ({"actions": [{"action": "reload"}], "selector": "a"}, '"selector" belongs to one action'),
        ({"actions": []}, '"actions" is empty'),
        ({"action": "clik", "selector": "a"}, "clik"),
        ({"action": "goto"}, 'goto needs "url"'),
        ({"action": "goto", "url": "http://a", "selector": "a"}, 'goto has no "selector"; it has url, wait_until'),
        ({"action": "click"}, "click needs an element: role, label, text, placeholder, test_id or selector"),
        ({"action": "click", "selector": "a", "text": "b"}, "an element is found in one way: text or selector"),
        ({"action": "click", "text": "a", "name": "b"}, '"name" goes with "role"'),
        ({"action": "press", "key": "a", "within": "b"}, '"within" says more of an element, and none is named'),
        ({"action": "fill", "selector": "a"}, 'fill needs "value"'),
        ({"action": "wait_for"}, "wait_for waits for one thing"),
        ({"action": "wait_for", "selector": "a", "url": "b"}, "wait_for waits for one thing"),
        ({"action": "click", "selector": "a", "nth": -1}, "nth"),
        ({"action": "reload", "engine": "firefox"}, "firefox"),
    ],
)
def test_a_config_that_says_too_much_or_too_little_is_a_fault(config, said):
    assert said in " ".join(message for _, message in faults_of(config))


@pytest.mark.parametrize(
    "config",
    [
        {"action": "wait_for", "state": "load"},
        {"action": "wait_for", "expression": "n => n", "argument": 1},
        {"action": "assert_text", "text": "a"},
        {"action": "assert_text", "text": "a", "role": "heading", "exact": True},
        {"action": "fill", "label": "a", "value": ""},
        {"actions": [{"action": "${what}", "selector": "a"}, {"action": "click", "nth": "${n}", "text": "a"}]},
    ],
)
def test_what_says_enough_is_none(config):
    source = {"name": "a", "env": {"what": "click", "n": 1}, "steps": [{"action": "browser", "config": config}]}

    parse_flow(json.dumps(source))


@pytest.mark.parametrize(
    ("text", "pattern", "holds"),
    [
        ("abc", "abc", True), ("abc", "ab", False), ("abc", "a*", True), ("abc", "*c", True), ("abc", "a*c", True),
        ("abc", "*", True), ("aba", "aba*ba", False), ("abcbd", "a*b*d", True), ("ab", "a*b*b", False),
        ("a.c", "a.c", True), ("axc", "a.c", False), ("", "", True), ("", "*", True),
    ],
)  # fmt: skip
def test_a_star_is_any_text_and_nothing_else_is(text, pattern, holds):
    assert matches(text, pattern) is holds


def test_a_pattern_that_begins_with_a_path_leaves_the_host_out():
    assert is_like("http://shop/orders?page=2#top", "/orders*")
    assert is_like("http://shop/orders", "http://shop/orders")
    assert not is_like("http://shop/", "/orders")


@pytest.mark.parametrize(
    ("config", "shown"),
    [
        ({"action": "fill", "label": "Your password", "value": "x"}, {"value": "***"}),
        ({"action": "type", "selector": "#api_key", "value": "x"}, {"value": "***"}),
        ({"action": "assert_value", "test_id": "token", "value": "x"}, {"value": "***"}),
        ({"action": "fill", "label": "Email", "value": "x"}, {"value": "x"}),
        ({"action": "goto", "url": "http://a:b@c/"}, {"url": "http://a:***@c/"}),
        ({"action": "reload", "storage": {"cookies": [1]}}, {"storage": "***"}),
    ],
)
def test_passwords_are_hidden_in_what_is_shown(config, shown):
    assert BrowserAction.shown(config) == {**config, **shown}
    nested = BrowserAction.shown({"actions": [config]})["actions"][0]
    assert nested == {**config, **{key: value for key, value in shown.items() if key != "storage"}}
