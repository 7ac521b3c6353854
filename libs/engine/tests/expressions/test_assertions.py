"""What an assertion's outcome tells."""

from collections import ChainMap
from datetime import UTC, datetime

import pytest

from testmesh_engine.expressions import Generators, Operand, compile_expression
from testmesh_engine.expressions.syntax import render

SCOPE = {"status": 200, "text": "true", "body": {"total": 54.98, "user": {"name": "Bob", "age": 3}, "list": [1, 2]}}


def test_an_assertion_that_holds_tells_what_was_read():
    outcome = compile_expression("status == 200 and body.total < 60").check(SCOPE)

    assert outcome.holds is True
    assert outcome.error is None
    assert outcome.operands == [Operand("status", 200), Operand("body.total", 54.98)]


def test_an_assertion_that_fails_tells_the_value_of_each_operand():
    outcome = compile_expression("body.total == 59.98").check(SCOPE)

    assert outcome.holds is False
    assert outcome.expression == "body.total == 59.98"
    assert outcome.operands == [Operand("body.total", 54.98)]


@pytest.mark.parametrize("text", ["status", "text", "body", "nil", "[]", "'true'", "body?.nope", "1"])
def test_an_assertion_whose_value_is_not_a_bool_is_an_error_and_never_holds(text):
    outcome = compile_expression(text).check(SCOPE)

    assert outcome.holds is False
    assert outcome.error is not None
    assert outcome.code == "TM403"


@pytest.mark.parametrize(
    "text",
    ["body.nmae != 'Bob'", "not (body.nmae == 'Bob')", "stats != 500", "status < '500'", "status > nil", "not status",
     "body.nmae not in [1]", "none(body.list, { .x == 1 })", "none(body.list, { # })",
     "1 / 0 != 1", "status matches '2'"],
)  # fmt: skip
def test_an_error_never_holds(text):
    outcome = compile_expression(text).check(SCOPE)

    assert outcome.holds is False
    assert outcome.error
    assert outcome.code is not None


def test_a_difference_in_maps_and_lists_is_told_by_its_place():
    outcome = compile_expression("body.user == {name: 'Bib', mail: 1} and body.list == [1]").check(SCOPE)

    assert outcome.difference == [
        '.name: differs from character 2: is "Bob", expected "Bib"',
        "                                      ^               ^",
        ".mail: is missing, expected 1",
        ".age: is 3, not expected",
    ]
    assert compile_expression("[1, 3, 4] == body.list").check(SCOPE).difference == [
        "[1]: is 2, expected 3 (1 less)",
        "[2]: is missing, expected 4",
    ]


def test_a_number_and_a_string_that_look_alike_are_told_apart():
    outcome = compile_expression("status == '200'").check(SCOPE)

    assert outcome.holds is False
    assert outcome.difference == [
        'is the number 200, expected the string "200": the types differ',
        'likely cause: "200" is a string, 200 is a number: compare with 200, or use string(status)',
    ]


def test_a_difference_in_long_values_is_cut():
    outcome = compile_expression("a == b").check({"a": list(range(1000)), "b": list(range(1, 2000, 2))})

    assert len(outcome.difference) == 51
    assert "more" in outcome.difference[-1]


def test_an_error_keeps_the_operands_read_before_it():
    outcome = compile_expression("status == 200 and body.nope == 1").check(SCOPE)

    assert outcome.operands == [Operand("status", 200)]
    assert outcome.error is not None
    assert "nope" in outcome.error
    assert outcome.offset == 22


@pytest.mark.parametrize(
    "text",
    [
        '500 not in ["500", "503"]',
        "500 not in [400..599]",
        'not (["1"] contains 1)',
        '"1" not in [1, 2]',
        "true not in [1]",
    ],
)
def test_an_element_that_a_list_could_never_have_is_an_error_and_not_absent(text):
    outcome = compile_expression(text).check({})

    assert (outcome.holds, outcome.code) == (False, "TM403")


@pytest.mark.parametrize("text", ["5 not in []", "5 not in [nil]", "nil not in [1]", '5 not in ["a", 6]', "5 in [5.0]"])
def test_an_element_that_a_list_could_have_is_looked_for(text):
    assert compile_expression(text).check({}).holds


@pytest.mark.parametrize(
    "text",
    [
        "map(1..20000, x == y) == []",
        "map(1..20000, x startsWith y) == []",
        "map(1..20000, x < y) == []",
        "map(1..20000, y endsWith x) == []",
        "map(1..20000, x contains 'b') == []",
        "map(1..20000, 'b' in x) == []",
        "sort(map(1..20000, x)) == []",
        "max(map(1..20000, x)) == []",
        "trim(x, y) == x",
        "map(1..20000, trim(x, 'b')) == []",
        "map(1..20000, is_url(x)) == []",
        "map(1..1000, random_string(10000)) == []",
    ],
)
def test_long_texts_cost_their_length(text):
    scope = ChainMap(
        {"x": "a" * 1_000_000, "y": ("a" * 1_000_000 + "b")[:-1]}, Generators(1, lambda: datetime.now(UTC))
    )

    assert compile_expression(text).check(scope).code == "TM404"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('status != "500"', "compare with 500, or with string(status)"),
        ('not (status == "500")', "compare with 500, or with string(status)"),
        ('"500" != status', "compare with 500, or with string(status)"),
        ('!(status == "a")', "compare with a number, or with string(status)"),
        ("text != 5", 'compare with "5", or with int(text)'),
        ("body.user.name != true", 'compare with "true"'),
        ("(status == 200) != 1", "compare with true or false"),
        ("(status == 200) != 'true'", "compare with true, or with string("),
        ("body != 'x'", "compare with a map"),
        ("body.list != 1", "compare with a list"),
        ("body.list != ['1', '2']", 'the number 1 and the string "1" always differ'),
        ("not (body.user == {name: 'Bob', age: '3'})", 'the number 3 and the string "3" always differ'),
        ("none(body.list, { . != '1' })", "values of different kinds"),
    ],
)
def test_an_inequation_of_different_kinds_is_an_error_that_says_what_to_compare(text, said):
    outcome = compile_expression(text.replace("{ . ", "{ # ")).check(SCOPE)

    assert (outcome.holds, outcome.code) == (False, "TM403")
    assert said in (outcome.error or "")


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("body.user.name != true", 'compare with "true"'),
        ("body != 5", "compare with a map"),
        ("(status == 200) != 1", "compare with true or false"),
    ],
)
def test_a_conversion_is_offered_only_where_one_leads_from_kind_to_kind(text, end):
    assert (compile_expression(text).check(SCOPE).error or "").endswith(f"always differ; {end}")


def test_an_inequation_of_different_kinds_names_both_kinds_and_both_values():
    outcome = compile_expression('status != "500"').check(SCOPE)

    assert outcome.error is not None
    assert 'the number 200, and it is compared with the string "500"' in outcome.error


@pytest.mark.parametrize(
    "text",
    [
        "status != nil", "nil != text", "status != 500", "not (status == 500)", "text != 'false'",
        "body.list != [1, 3]",
        "body.list != ['1', 3]", "body.list != ['1']", "body.user != {name: 'Bob'}", "body.list != [1, nil]",
        "none(body.list, { # == '1' })", "count(body.list, { # == '1' }) == 0", "status != 200.5",
    ],
)  # fmt: skip
def test_an_inequation_of_one_kind_or_with_nil_still_holds(text):
    assert compile_expression(text).check(SCOPE).holds


def test_an_unknown_name_lists_the_nearest_name_then_those_of_the_flow_and_the_built_in_ones_last():
    scope = ChainMap({"zebra": 1, "stats": 2, "order": 3}, {"env": {}}, Generators(1, lambda: datetime.now(UTC)))
    outcome = compile_expression("status == 1").check(scope)

    assert outcome.error is not None
    assert "there are: stats, order, zebra, DATE, " in outcome.error


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("body.total == body.total", ["body.total == body.total"]),
        ("status > 0 and body.list[0] != body.list[0]", ["body.list[0] != body.list[0]"]),
        ("body.total == body.user", []),
        ("now() == now()", []),
        ("UUID == UUID", []),
        ("1 == 1", []),
    ],
)
def test_a_comparison_of_a_thing_with_itself_is_known(text, found):
    assert [render(node) for node in compile_expression(text).compared_with_themselves] == found
