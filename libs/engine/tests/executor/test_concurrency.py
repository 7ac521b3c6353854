from decimal import Decimal

import pytest

from testmesh_engine.actions import BUILT_IN, ActionRegistry
from testmesh_engine.artifacts import FolderStore
from testmesh_engine.executor import PreparationError, RunOptions, concurrency_key
from testmesh_engine.language import parse_flow
from testmesh_sdk import Resources


def options(tmp_path, **given):
    return RunOptions(
        execution_id="01a0c668-9da0-74ef-9a94-e3e8ab73738f",
        registry=ActionRegistry(BUILT_IN),
        resources=Resources(),
        artifacts=FolderStore(tmp_path),
        **given,
    )


def flow(key, head=""):
    return parse_flow(
        f"name: a\n{head}\nconcurrency: {{key: '{key}'}}\nsteps: [{{action: log, config: {{message: hi}}}}]"
    )


def test_a_flow_without_concurrency_has_no_key(tmp_path):
    plain = parse_flow("name: a\nsteps: [{action: log, config: {message: hi}}]")

    assert concurrency_key(plain, options(tmp_path)) is None


@pytest.mark.parametrize(
    ("key", "head", "given", "found"),
    [
        ("staging", "", {}, "staging"),
        ("a-${region}", "env: {region: eu}", {}, "a-eu"),
        ("a-${region}", "env: {region: eu}", {"variables": {"region": "us"}}, "a-us"),
        ("a-${n}", "inputs: {n: {type: integer, default: 1}}", {"inputs": {"n": 2}}, "a-2"),
        ("${n}", "inputs: {n: {type: integer, default: 1}}", {}, "1"),
        ("${n}", "", {"variables": {"n": Decimal("1.5")}}, "1.5"),
        ("${region:-eu}", "", {}, "eu"),
        ("a-${region}", "env: {region: eu}\ninputs: {user: {required: true}}\ndata: [{user: a}]", {}, "a-eu"),
        ("a-${region}", "env: {region: eu, who: '${user}'}\ndata: [{user: a}]", {}, "a-eu"),
        ("a-${region}", "env: {region: eu}\ndata: [{user: a}]", {"variables": {"region": "us"}}, "a-us"),
    ],
)
def test_a_key_is_made_of_what_is_known_before_the_first_step(tmp_path, key, head, given, found):
    assert concurrency_key(flow(key, head), options(tmp_path, **given)) == found


@pytest.mark.parametrize(
    ("key", "head", "given", "code", "said"),
    [
        ("a-${regoin}", "env: {region: eu}", {}, "TM401", "region"),
        ("a-${user}", "data: [{user: a}]", {}, "TM401", "user"),
        ("a-${user}", "inputs: {user: {required: true}}", {}, "TM416", "required"),
        ("a-${n}", "inputs: {n: {type: integer}}", {}, "TM401", "`n`"),
        ("a-${n}", "inputs: {n: {type: integer}}\ndata: [{user: a}]", {}, "TM401", "`n`"),
        ("${nothing}", "", {"variables": {"nothing": None}}, "TM459", "nothing"),
        ("${yes}", "", {"variables": {"yes": True}}, "TM459", "true or false"),
        ("${a}", "", {"variables": {"a": " "}}, "TM459", "empty"),
        ("${a}", "", {"variables": {"a": "x" * 256}}, "TM459", "256 characters"),
        ("${a}", "", {"variables": {"a": "x\x00"}}, "TM459", "cannot be stored"),
        ("${a}", "", {"variables": {"a": ["x"]}}, "TM459", "a list"),
    ],
)
def test_a_key_that_names_nothing_is_an_error(tmp_path, key, head, given, code, said):
    with pytest.raises(PreparationError) as caught:
        concurrency_key(flow(key, head), options(tmp_path, **given))

    assert caught.value.code == code
    assert caught.value.message.startswith("the flow's concurrency.key: ")
    assert said in caught.value.message


def test_a_key_with_a_secret_in_it_is_refused_without_telling_it(tmp_path):
    secret = flow("a-${token}", "inputs: {token: {secret: true}}")

    with pytest.raises(PreparationError) as caught:
        concurrency_key(secret, options(tmp_path, inputs={"token": "hunter22"}))

    assert caught.value.code == "TM459"
    assert "hunter22" not in caught.value.message
