"""The page for users says what the engine does."""

import re
from pathlib import Path

import pytest

from testmesh_engine.actions import BUILT_IN
from testmesh_engine.expressions import functions
from testmesh_engine.language import parse_flow

PAGE = (Path(__file__).parents[4] / "docs" / "flow-language.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("source", EXAMPLES)
def test_an_example_of_the_page_is_a_flow_without_a_note(source):
    assert parse_flow(source).notes == ()


async def test_the_examples_of_expressions_hold(play):
    outcome = await play(EXAMPLES[1])

    assert outcome.outcome.status == "passed", outcome.outcome.error_message


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
