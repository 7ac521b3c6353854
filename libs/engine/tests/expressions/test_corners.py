"""Corners of the language: each of these once could be changed without any other test that noticed."""

import inspect
import sys
from datetime import UTC, date, datetime, time
from decimal import Decimal

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
from testmesh_engine.expressions.errors import cut
from testmesh_engine.expressions.parser import parse
from testmesh_engine.expressions.syntax import walk

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
        ("[xpath(xml, 'position()'), xpath(xml, 'last()')]", [1, 1]),
        ("xpath(xml, 'string(-0.5 div 0)')", "-Infinity"),
        ("xpath(xml, 'string(0 div 0)')", "NaN"),
        ("xpath(xml, 'string(-1 div 0)')", "-Infinity"),
        ("xpath(xml, 'string(1 div -0)')", "-Infinity"),
        ("[is_iso_date(at + '1'), is_iso_date(at + '11')]", [True, False]),
    ],
)
def test_a_corner_has_the_value_that_it_should(text, value):
    assert (
        compile_expression(text).evaluate({**SCOPE, "many": "y" * 1_000, "at": f"2024-05-01T12:00:00.{'1' * 43}"})
        == value
    )


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
    "text",
    [
        "lower(long)",
        "upper(long)",
        "trim(long)",
        "replace(long, 'a', '')",
        "'${long}!'",
        "long + ''",
        "from_json(long)",
        "string(long)",
    ],
)
def test_a_text_that_came_in_too_long_is_not_worked_on(text):
    with pytest.raises(LimitExceededError, match="4000000"):
        compile_expression(text).evaluate({"long": "a" * 4_000_001})


@pytest.mark.parametrize(
    "text",
    ["map(1..5000, { {" + ", ".join(f"k{number}: 1" for number in range(25)) + "} })",
     "map(1..5000, { [" + ", ".join(["#"] * 25) + "] })",
     "map(1..5, { count(flags) })",
     "[to_json(many), to_json(many), to_json(many), to_json(many), to_json(many)]"],
)  # fmt: skip
def test_every_entry_that_is_made_is_paid_for(text):
    with pytest.raises(LimitExceededError, match="200000 steps"):
        compile_expression(text).evaluate({"many": list(range(45_000)), "flags": [True] * 45_000})


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


def test_a_fault_of_a_schema_is_told_by_its_beginning():
    difference = (
        compile_expression("matches_schema(1, {not: {description: long}})").check({"long": "k" * 200}).difference
    )

    assert difference[0] == "the value: " + f"1 should not be valid under {{'description': '{'k' * 200}"[:160] + "…"


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


@pytest.mark.parametrize(
    ("first", "more"), [("1", " + 1"), ("a", ".b"), ("a", "[:1]"), ("{a: 1}", " ?? 1"), ("'${1}-${2}'", " + 1")]
)
def test_a_chain_may_be_as_deep_as_its_limit_and_no_deeper(first, more):
    links = 200 - max(depth for _, depth in walk(parse(first)))
    parse(first + more * links)

    with pytest.raises(ExpressionSyntaxError, match="more than 200 operators or accesses in one chain"):
        parse(first + more * (links + 1))


@pytest.mark.parametrize("key", ['"${a}"', "'x ${a}'", "'{{a}}'", "'${1}'"])
def test_a_key_of_a_map_refers_to_nothing(key):
    with pytest.raises(ExpressionSyntaxError, match="a key of a map has no references") as caught:
        compile_expression(f"{{b: 1, {key}: 2}}")

    assert caught.value.offset == 7


@pytest.mark.parametrize("key", ["'$${a}'", "`${a}`", r"'\u0024${a}'"])
def test_a_key_of_a_map_is_the_text_that_a_value_would_be(key):
    assert compile_expression(f"{{{key}: {key}}}").evaluate({}) == {"${a}": "${a}"}


def test_an_index_that_passes_over_nothing_is_no_slice():
    assert compile_expression("a?.[0]").evaluate({"a": None}) is None
    for text in ("a?.[:1]", "a?.[1:]", "a?.[:]"):
        with pytest.raises(ExpressionSyntaxError, match="there is `:`"):
            compile_expression(text)


def test_a_text_is_cut_where_it_is_longer_than_it_may_be():
    assert [cut("abc", longest) for longest in (2, 3, 4)] == ["ab…", "abc", "abc"]


def test_an_error_says_its_message_alone_wherever_it_is_placed():
    assert str(TypeMismatchError("why", 3)) == "why"


def test_a_number_has_as_many_digits_as_its_limit_and_no_more():
    assert compile_expression("1" + "0" * 307).evaluate({}) == 10**307
    with pytest.raises(ExpressionSyntaxError, match="308 digits are allowed"):
        compile_expression("1" + "0" * 308)


@pytest.mark.parametrize(("text", "value", "result"), [("n * 10", "1E+307", "1E+308"), ("n / 10", "1E-307", "1E-308")])
def test_the_result_of_a_decimal_is_as_large_as_its_limit_and_no_larger(text, value, result):
    expression = compile_expression(text)

    assert expression.evaluate({"n": Decimal(value)}) == Decimal(result)
    with pytest.raises(LimitExceededError, match="more than the 308 digits"):
        expression.evaluate({"n": Decimal(result)})


@pytest.mark.parametrize(("length", "told"), [(2_000, ["[0]: is 0, not expected"]), (2_001, None)])
def test_lists_are_laid_beside_one_another_up_to_a_length(length, told):
    found = list(range(length))
    difference = compile_expression("found == wanted").check({"found": found, "wanted": found[1:]}).difference

    assert difference == told if told else len(difference) > 1


def test_a_path_in_xml_is_nested_as_deep_as_its_limit_and_no_deeper():
    expression = compile_expression("xpath(xml, path)")

    assert expression.evaluate({**SCOPE, "path": "(" * 29 + "1" + ")" * 29}) == 1
    with pytest.raises(ExpressionError, match="nested more than 30 deep"):
        expression.evaluate({**SCOPE, "path": "(" * 30 + "1" + ")" * 30})


def test_a_pattern_that_is_none_is_told_in_the_error_and_nowhere_else(capfd):
    with pytest.raises(ExpressionError, match="is no regular expression"):
        compile_expression("'a' matches pattern").evaluate({"pattern": "(told once"})

    assert capfd.readouterr() == ("", "")


def called(depth, work):
    return work() if depth == 0 else called(depth - 1, work)


def test_where_no_depth_is_left_an_expression_is_an_error_and_not_nothing():
    expression = compile_expression("a" + " + 1" * 100)
    left = sys.getrecursionlimit() - len(inspect.stack(0))

    with pytest.raises(LimitExceededError, match="nested too deep for an expression"):
        called(left - 20, lambda: expression.evaluate({"a": 1}))
