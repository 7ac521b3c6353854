"""JSONPath as RFC 9535 has it: what is a path, what it finds in which order, and what is none."""

import json
from decimal import Decimal
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


@pytest.mark.parametrize("found", ["match(@, '(a+)+')", "search(@, '^(a+)+$')"])
def test_a_pattern_of_a_filter_takes_linear_time(found):
    scope = {"texts": ["a" * 20_000 + "!"]}

    with pytest.raises(NothingFoundError):
        compile_expression(f"jsonpath(texts, `$[?{found}]`)").evaluate(scope)


@pytest.mark.parametrize(
    "path", ["$[?@ == $[0]]", "$[?@ != $[0]]", "$[?@ <= $[0]]", "$[?@.long < $[0].long]", "$[?@.long == $[0].long]"]
)
def test_what_a_filter_compares_is_paid_for(path):
    many = [{"list": list(range(3_000)), "long": "a" * 64_000} for _ in range(1_000)]

    with pytest.raises(LimitExceededError, match="200000 steps"):
        compile_expression("jsonpath(many, path)").evaluate({"many": many, "path": path})


def test_a_filter_finds_equal_what_the_language_does():
    document = [1, 1.0, Decimal(1), True, "1", [1], [True], {"a": 1}, {"a": True}]

    assert compile_path("$[?@ == 1]").values(document, Frame({})) == [1, 1.0, Decimal(1)]
    assert compile_path("$[?@ == $[5]]").values(document, Frame({})) == [[1]]
    assert compile_path("$[?@ == $[8]]").values(document, Frame({})) == [{"a": True}]
