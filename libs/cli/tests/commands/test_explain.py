"""Codes are explained, and the language is printed for editors."""

import json

import jsonschema
import pytest

from testmesh_engine.codes import CODES

pytestmark = pytest.mark.integration


def test_a_code_is_explained_by_its_title_and_what_to_do(testmesh):
    done = testmesh("explain", "tm301")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"TM301: {CODES['TM301'].title}\n")
    assert CODES["TM301"].explanation in done.stdout


def test_without_a_code_all_are_listed(testmesh):
    lines = testmesh("explain").stdout.splitlines()

    assert [line.split()[0] for line in lines] == list(CODES)


def test_an_unknown_code_is_a_usage_error_that_names_the_nearest(testmesh):
    done = testmesh("explain", "TM3011")

    assert (done.returncode, done.stdout) == (2, "")
    assert "TM301" in done.stderr


def test_the_schema_is_a_schema_and_knows_a_flow_from_nonsense(testmesh):
    schema = json.loads(testmesh("schema").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    judge = jsonschema.Draft202012Validator(schema)

    assert judge.is_valid({"name": "a", "steps": [{"action": "log", "config": {"message": "hi"}}]})
    assert not judge.is_valid({"name": "a", "stepps": []})
