"""Codes are explained, and the language is printed for editors."""

import json
import re

import jsonschema
import pytest

from testmesh_cli.topics import topics
from testmesh_engine.codes import CODES

pytestmark = pytest.mark.integration


def test_a_code_is_explained_by_its_title_and_what_to_do(testmesh):
    done = testmesh("explain", "tm301")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"TM301: {CODES['TM301'].title}\n")
    assert CODES["TM301"].explanation in done.stdout


def test_without_a_word_all_topics_and_codes_are_listed(testmesh):
    told = testmesh("explain").stdout

    listed = [line.split()[0] for line in told.splitlines() if line.startswith("  TM")]
    assert listed == list(CODES)
    missing = [name for name in topics() if not re.search(rf"\b{name}\b", told.partition("TM1xx")[0])]
    assert (missing, len(topics()) > 40) == ([], True)


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("http_request", ("# http_request", "| `follow_redirects` |", "| `headers_list` |")),
        ("operators", ("# Expressions", "contains")),
        ("Functions", ("# Functions", "approx(a, b, tolerance)")),
        ("on-error", ("# on_error",)),
    ],
)
def test_a_topic_is_its_page_without_links_that_lead_nowhere(testmesh, word, says):
    done = testmesh("explain", word)

    assert (done.returncode, done.stderr) == (0, "")
    assert [words for words in says if words not in done.stdout] == []
    assert ".md)" not in done.stdout


def test_several_words_are_explained_one_below_the_other(testmesh):
    told = testmesh("explain", "TM301", "when").stdout

    assert told.startswith("TM301: ")
    assert "\n\n# when\n" in told


def test_an_unknown_code_is_a_usage_error_that_names_the_nearest(testmesh):
    for word, near in (("TM459X", "TM459"), ("http_requst", "http_request")):
        done = testmesh("explain", word)

        assert (done.returncode, done.stdout) == (2, "")
        assert f'did you mean "{near}"?' in done.stderr


def test_what_nothing_is_like_is_told_how_to_find_what_there_is(testmesh):
    done = testmesh("explain", "zzzzzzzz")

    assert done.returncode == 2
    assert "nothing here is called 'zzzzzzzz'; `testmesh explain` lists all codes and topics" in done.stderr


def test_the_schema_is_a_schema_and_knows_a_flow_from_nonsense(testmesh):
    schema = json.loads(testmesh("schema").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    judge = jsonschema.Draft202012Validator(schema)

    assert judge.is_valid({"name": "a", "steps": [{"action": "log", "config": {"message": "hi"}}]})
    assert not judge.is_valid({"name": "a", "stepps": []})
