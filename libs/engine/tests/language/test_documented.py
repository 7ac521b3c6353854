"""The page for users says what the engine does."""

import re
from pathlib import Path

import pytest

from testmesh_engine.actions import BUILT_IN
from testmesh_engine.executor import NoSources
from testmesh_engine.expressions import functions
from testmesh_engine.language import parse_flow
from testmesh_engine.language.control_configs import KEYS
from testmesh_engine.language.controls import CONTROL_ACTIONS

PAGE = (Path(__file__).parents[4] / "docs" / "flow-language.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("source", EXAMPLES)
def test_an_example_of_the_page_is_a_flow_without_a_note(source):
    assert parse_flow(source).notes == ()


CUSTOMER = """name: customer
inputs: {name: {type: string, required: true}}
outputs: {email: email}
steps: [{id: made, action: set, config: {email: "${name}@example.org"}}]
"""


class OneCustomer(NoSources):
    async def flow(self, reference, caller):
        assert reference == "parts/customer.yaml"
        return parse_flow(CUSTOMER, file=reference)


@pytest.mark.parametrize("source", [found for found in EXAMPLES if "http_request" not in found])
async def test_an_example_that_needs_no_server_passes(play, source):
    outcome = await play(source, sources=OneCustomer())

    assert outcome.outcome.status == "passed", outcome.outcome.error_message


@pytest.mark.parametrize("action", CONTROL_ACTIONS)
def test_every_construct_has_its_keys_and_an_example_on_the_page(action):
    assert f"\n### {action}\n" in PAGE
    assert any(f"action: {action}" in example for example in EXAMPLES)
    assert [key for key in KEYS[action] if f"`{key}`" not in PAGE] == []


def test_every_action_with_its_config_and_result_is_on_the_page():
    missing = [
        f"{action.name}.{field}"
        for action in BUILT_IN
        for field in ("", *action.config.model_fields)
        if f"`{field or action.name}`" not in PAGE
    ]

    assert missing == []


def test_every_function_is_on_the_page():
    words = set(re.findall(r"\w+", PAGE))

    assert {*functions.FUNCTIONS, *functions.FROM_SCOPE} <= words
