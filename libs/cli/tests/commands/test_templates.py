"""The templates of `testmesh init`: offered are exactly those whose flows this version can carry out."""

from typing import Any

import pytest
import yaml
from pydantic import ConfigDict, create_model

from testmesh_cli.commands.init import TEMPLATES as NAMED_BY_THE_COMMAND
from testmesh_cli.projects.parts import BROWSER, DB, HTTP, KAFKA, TEMPLATES, missing_actions, offered
from testmesh_engine.actions import ALIASES, BUILT_IN, ActionRegistry
from testmesh_engine.language import FlowInvalidError, parse_flow
from testmesh_engine.language.controls import CONTROL_ACTIONS
from testmesh_sdk import Action, ActionConfig, ActionResult

PARTS = (HTTP, KAFKA, DB, BROWSER)
RESULTS = {
    "database_query": ("rows", "row_count", "first_row", "rows_affected", "columns"),
    "kafka_producer": ("topic", "partition", "offset", "timestamp"),
    "kafka_consumer": ("messages", "count"),
    "browser": ("url", "title", "text", "value", "screenshot", "console", "network", "trace"),
}
"""What the language promises of actions that may not be built in yet."""


class AnyConfig(ActionConfig):
    model_config = ConfigDict(extra="allow")


def promised(name):
    result = create_model(f"{name}_result", __base__=ActionResult, **dict.fromkeys(RESULTS[name], (Any, None)))
    return type(name, (Action,), {"__doc__": name, "name": name, "config": AnyConfig, "result": result})


def with_all_actions():
    known = {action.name for action in BUILT_IN}
    return ActionRegistry([*BUILT_IN, *(promised(name) for name in RESULTS if name not in known)])


def flows_of(*parts):
    return [(path, text) for part in parts for path, text in part.files().items() if path.startswith("flows/")]


def is_valid(text, registry):
    try:
        return not parse_flow(text, registry=registry).notes
    except FlowInvalidError:
        return False


def actions_in(steps):
    for step in steps:
        yield ALIASES.get(step["action"], step["action"])
        config = step.get("config") or {}
        for key in ("steps", "then", "else"):
            yield from actions_in(config.get(key) or [])


@pytest.mark.parametrize("known", [ActionRegistry(BUILT_IN), with_all_actions()], ids=["as-it-is", "with-all-actions"])
def test_exactly_those_templates_are_offered_whose_flows_are_valid(known):
    valid = [name for name, parts in TEMPLATES.items() if all(is_valid(text, known) for _, text in flows_of(*parts))]

    assert offered(known) == valid
    assert "http" in valid


def test_every_template_is_offered_once_its_actions_are_there():
    assert offered(with_all_actions()) == list(TEMPLATES)


def test_a_template_misses_the_actions_that_the_registry_does_not_have():
    assert missing_actions(TEMPLATES["full"], ActionRegistry([])) == [
        "http_request", "set", "kafka_producer", "kafka_consumer", "database_query", "browser",
    ]  # fmt: skip


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_a_part_says_the_actions_that_its_flows_name(part):
    named = set()
    for _, text in flows_of(part):
        flow = yaml.safe_load(text)
        for phase in ("requires", "setup", "steps", "teardown"):
            named.update(actions_in(flow.get(phase) or []))

    assert named - set(CONTROL_ACTIONS) == set(part.actions)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_a_part_names_an_environment_of_variables_that_its_flows_have(part):
    variables = {name for _, text in flows_of(part) for name in yaml.safe_load(text)["env"]}

    assert part.staging
    assert set(part.staging) <= variables


def test_no_file_and_no_flow_of_a_template_has_the_name_of_another():
    paths = [path for part in PARTS for path in part.files()]
    names = [yaml.safe_load(text)["name"] for _, text in flows_of(*PARTS)]

    assert len(paths) == len(set(paths))
    assert len(names) == len(set(names))


def test_the_command_names_every_template():
    assert list(NAMED_BY_THE_COMMAND) == list(TEMPLATES)
