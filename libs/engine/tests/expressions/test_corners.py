"""Corners of the language: each of these once could be changed without any other test that noticed."""

from datetime import UTC, date, datetime, time

import pytest

from testmesh_engine.expressions import (
    ExpressionError,
    ExpressionSyntaxError,
    LimitExceededError,
    NothingFoundError,
    TypeMismatchError,
    compile_expression,
    strip_braces,
)

SCOPE = {
    "monday": date(2024, 5, 6),
    "tuesday": date(2024, 5, 7),
    "noon": time(12),
    "one": time(13),
    "late": datetime(2024, 5, 7, tzinfo=UTC),
    "xml": "<r><a n='1'><b>1</b></a><c/></r>",
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("to_json({'ü': 'ä'})", '{"ü":"ä"}'),
        ("[1 ^ 100000, (-1) ^ 100001, 0 ^ 100000]", [1, -1, 0]),
        ("[monday < tuesday, tuesday < monday, monday < monday, monday <= monday]", [True, False, False, True]),
        ("[noon < one, one < noon, noon >= one]", [True, False, False]),
        ("sort([tuesday, monday])", [date(2024, 5, 6), date(2024, 5, 7)]),
        ("trim('aba', 'a') + trim('x', trim(many))", "b" + "x"),
        ("xpath(xml, \"count(//*[local-name(zz) = ''])\")", 4),
        ("xpath(xml, \"count(//*[name(b) = 'b'])\")", 1),
    ],
)
def test_a_corner_has_the_value_that_it_should(text, value):
    assert compile_expression(text).evaluate({**SCOPE, "many": "y" * 1_000}) == value


@pytest.mark.parametrize("text", ["true..3", "1..true", "1.5..3", "1..2.5", "'1'..2", "nil..2"])
def test_a_range_goes_from_a_whole_number_to_another(text):
    with pytest.raises(TypeMismatchError, match="whole number"):
        compile_expression(text).evaluate({})


@pytest.mark.parametrize("text", ["//zz = 'x'", "not(//zz = 'x')", "//a[b = 1]/zz != 'x'"])
def test_a_predicate_that_was_judged_allows_no_path_outside_to_find_nothing(text):
    with pytest.raises(NothingFoundError, match="finds nothing"):
        compile_expression(f'xpath(xml, "count(//a[b = 1]) = 1 and {text}")').evaluate(SCOPE)


def test_a_text_that_becomes_shorter_is_within_the_limit_as_long_as_it_was():
    assert compile_expression("len(replace(long, 'aa', 'b'))").evaluate({"long": "a" * 3_000_000}) == 1_500_000


@pytest.mark.parametrize(
    "text", ["lower(long)", "upper(long)", "trim(long)", "'${long}!'", "long + ''", "from_json(long)", "string(long)"]
)
def test_a_text_that_came_in_too_long_is_not_worked_on(text):
    with pytest.raises(LimitExceededError, match="4000000"):
        compile_expression(text).evaluate({"long": "a" * 4_000_001})


@pytest.mark.parametrize(
    "text",
    ["map(1..5000, { {" + ", ".join(f"k{number}: 1" for number in range(25)) + "} })",
     "map(1..5000, { [" + ", ".join(["#"] * 25) + "] })",
     "[to_json(many), to_json(many), to_json(many), to_json(many), to_json(many)]"],
)  # fmt: skip
def test_every_entry_that_is_made_is_paid_for(text):
    with pytest.raises(LimitExceededError, match="200000 steps"):
        compile_expression(text).evaluate({"many": list(range(45_000))})


@pytest.mark.parametrize("text", ["${'a}", "{{'a}}", "${a} ${b}", "x ${a}"])
def test_what_is_no_single_reference_keeps_its_braces(text):
    assert strip_braces(text) == text


@pytest.mark.parametrize(
    "text",
    ["a[]", "a[1", "a[1:2", "a?.[]", "a.[0]", "0x", "0x_", "1 ? 2", "all([1], true, 1)", "map([1], #, 2)", r"'\ud800'"],
)
def test_a_form_that_is_not_whole_is_refused(text):
    with pytest.raises(ExpressionSyntaxError):
        compile_expression(text)


def test_a_time_and_a_day_have_no_order():
    with pytest.raises(ExpressionError, match="cannot order"):
        compile_expression("monday < late").evaluate(SCOPE)


@pytest.mark.parametrize(
    ("value", "told"), [("{a: [1, 2]}", "(a map of 1)"), ("[{}, 1]", "(a list of 2)"), ("'x'", "'x'")]
)
def test_a_fault_of_a_schema_does_not_spell_out_all_that_is_in_a_value(value, told):
    difference = compile_expression(f"matches_schema({value}, {{not: {{}}}})").check({}).difference

    assert difference[0] == f"the value: {told} should not be valid under {{}}"


@pytest.mark.parametrize("text", ["nothing[0] == nil", "nothing[-1]", "nothing['a'] == nil", "nothing[0:1] == nil"])
def test_nothing_has_no_element(text):
    with pytest.raises(ExpressionError, match="nil"):
        compile_expression(text).evaluate({"nothing": None})


@pytest.mark.parametrize(
    ("text", "offset"), [("boddy + 1", 0), ("boddy.x.y == 2", 0), ("1 + boddy + 2", 4), ("-nil", 0)]
)
def test_an_error_has_the_place_of_the_innermost_part_that_has_none(text, offset):
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text).evaluate({})

    assert caught.value.offset == offset
