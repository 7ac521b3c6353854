"""JSONPath as RFC 9535 has it: what is a path, what it finds in which order, and what is none."""

import json
from pathlib import Path

import pytest

from testmesh_engine.expressions import LimitExceededError, NothingFoundError, compile_expression
from testmesh_engine.expressions.frames import Frame
from testmesh_engine.expressions.paths import compile_path

CASES = Path(__file__).parent / "cases"
VALID = [line.split(" | ") for line in (CASES / "jsonpath_valid.txt").read_text().splitlines()]
INVALID = (CASES / "jsonpath_invalid.txt").read_text().splitlines()


@pytest.mark.parametrize(("path", "document", "found"), VALID)
def test_a_path_finds_its_nodes_in_order(path, document, found):
    values = compile_path(path).values(json.loads(document), Frame({}))

    assert json.dumps(values) == json.dumps(json.loads(found))


@pytest.mark.parametrize("path", INVALID)
def test_what_the_rfc_does_not_know_is_no_path(path):
    with pytest.raises(ValueError, match="no JSONPath"):
        compile_path(path)


def test_a_path_that_finds_nothing_is_an_error():
    with pytest.raises(NothingFoundError):
        compile_expression("jsonpath({a: [1]}, '$.a[?@ > 1]')").evaluate({})


def test_every_visit_is_paid_for():
    scope = {"wide": [[[place]] for place in range(3_000)]}

    with pytest.raises(LimitExceededError, match="200000 steps"):
        compile_expression("jsonpath(wide, '$[?count($..*) > 1]')").evaluate(scope)


def test_a_pattern_of_a_filter_takes_linear_time():
    scope = {"texts": ["a" * 20_000 + "!"]}

    with pytest.raises(NothingFoundError):
        compile_expression("jsonpath(texts, `$[?match(@, '(a+)+')]`)").evaluate(scope)
