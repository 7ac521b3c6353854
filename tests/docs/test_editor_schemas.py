"""The schema that editors read: both drafts are schemas, take what is right, see what they can of what is wrong."""

import json
import runpy
from pathlib import Path

import pytest
from click.testing import CliRunner
from jsonschema import Draft7Validator, Draft202012Validator

from testmesh_cli.commands.schema import schema as schema_command
from testmesh_engine.language import FlowInvalidError, flow_schema, parse_flow
from testmesh_engine.language.config_schema import config_schema
from testmesh_engine.language.diagnostics import Faults
from testmesh_engine.language.document import read_document
from testmesh_engine.language.parse import built_in_actions

pytestmark = pytest.mark.integration

HOME = Path(__file__).parents[2]
DRAFTS = {"2020-12": Draft202012Validator, "07": Draft7Validator}
FLOWS = sorted([*(HOME / "tests" / "flows").rglob("*.yaml"), *(HOME / "examples").rglob("*.yaml")])
MISTAKES = runpy.run_path(str(HOME / "libs/engine/tests/language/test_mistakes.py"))
UNSEEN = {"TM103", "TM104", "TM112", "TM301", "TM302", "TM303", "TM304", "TM101", "TM102", "TM106", "TM107"}
"""Expressions, and what several places have to do with one another, are beyond a schema."""


def valid_flows():
    for path in FLOWS:
        try:
            parse_flow(path.read_bytes())
        except FlowInvalidError:
            continue
        yield path


def loaded(source):
    """Read YAML as the language and editors do: `on` is a word, not true."""
    return read_document(source, Faults("flow.yaml")).plain()


def faults(draft, source):
    return list(DRAFTS[draft](flow_schema(draft=draft)).iter_errors(loaded(source)))


@pytest.mark.parametrize("draft", DRAFTS)
def test_the_schema_is_one_by_its_own_draft(draft):
    schema = flow_schema(draft=draft)
    DRAFTS[draft].check_schema(schema)

    assert DRAFTS[draft].META_SCHEMA["$schema"] == schema["$schema"]


@pytest.mark.parametrize("draft", DRAFTS)
def test_an_actions_config_has_a_schema_of_its_own_in_each_draft(draft):
    registry = built_in_actions()
    for name in registry.names():
        schema = config_schema(registry.find(name), draft)
        DRAFTS[draft].check_schema(schema)
        assert list(DRAFTS[draft](schema).iter_errors("no map"))


@pytest.mark.parametrize("draft", DRAFTS)
def test_every_flow_that_is_valid_is_so_by_the_schema(draft):
    paths = list(valid_flows())
    refused = {str(path.relative_to(HOME)): [e.message for e in faults(draft, path.read_text())] for path in paths}

    assert len(paths) > 50
    assert {path: said for path, said in refused.items() if said} == {}


def mistakes_that_a_schema_sees():
    for right, wrong, code, _ in MISTAKES["MISTAKES"]:
        if code not in UNSEEN and wrong not in {"type: integer\n", "default: two", "id: on_error"}:
            yield MISTAKES["FLOW"].replace(right, wrong)


@pytest.mark.parametrize("draft", DRAFTS)
def test_an_authors_mistakes_are_seen_where_a_schema_can_see_them(draft):
    schema = DRAFTS[draft](flow_schema(draft=draft))
    wrong = list(mistakes_that_a_schema_sees())

    assert schema.is_valid(loaded(MISTAKES["FLOW"]))
    assert len(wrong) >= 20
    assert [source for source in wrong if schema.is_valid(loaded(source))] == []


def properties_of(schema, where=""):
    if isinstance(schema, list):
        for index, member in enumerate(schema):
            yield from properties_of(member, f"{where}/{index}")
    elif isinstance(schema, dict):
        if where.endswith(("/if", "/then")) and "properties" in schema:
            return  # says which config belongs to which action, and describes nothing anew
        if isinstance(schema.get("properties"), dict):
            for name, member in schema["properties"].items():
                yield f"{where}/{name}", member
        for key, member in schema.items():
            yield from properties_of(member, f"{where}/{key}")


@pytest.mark.parametrize("draft", DRAFTS)
def test_every_key_says_what_it_means(draft):
    found = dict(properties_of(flow_schema(draft=draft)))
    silent = [where for where, member in found.items() if not member.get("description")]

    assert len(found) > 90
    assert silent == []


@pytest.mark.parametrize("draft", DRAFTS)
def test_every_action_that_a_step_can_name_says_what_it_does(draft):
    step = next(value for key, value in flow_schema(draft=draft).items() if key in {"$defs", "definitions"})["step"]
    action = step["properties"]["action"]

    assert len(action["enum"]) == len(action["enumDescriptions"])
    assert all(action["enumDescriptions"])


@pytest.mark.parametrize("draft", DRAFTS)
def test_the_command_prints_the_draft_that_is_asked_for(draft):
    told = CliRunner().invoke(schema_command, ["--draft", draft])

    assert json.loads(told.output) == flow_schema(draft=draft)
    assert json.loads(CliRunner().invoke(schema_command).output) == flow_schema()
