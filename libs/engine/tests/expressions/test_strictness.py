"""Where an equation of values of different kinds must be an error, and where a plain false is harmless."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from testmesh_engine.expressions import TypeMismatchError, compile_expression

SCOPE = {
    "code": 500,
    "codes": [500],
    "tags": [{"id": 1}],
    "mixed": ["a", 1],
    "moment": datetime(2024, 1, 1, tzinfo=UTC),
    "naive": datetime(2024, 1, 1),
    "day": date(2024, 1, 1),
    "tomorrow": date(2024, 1, 2),
    "later": time(13),
    "clock": time(12),
    "minute": timedelta(minutes=1),
}


@pytest.mark.parametrize(
    "text",
    [
        "not (code == '500' or code == '502')", "not (code == '500' and true)", "not not not (code == '500')",
        "(code == '500') == false", "false == (code == '500')", "(code == '500') != true",
        "(code == '500' or false) == false", "not ((code == '500') == true)", "(not (code == '500')) == true",
        "code == '500' ? false : true", "not (true ? code == '500' : true)", "(code == '500' or false) ? false : true",
        "[code == '500'] == [false]", "(code == '500') in [false]", "string(code == '500') startsWith 'f'",
        "all(codes, { not (# == '500' or # == '502') })", "none(codes, { not (# == '500') and false })",
        "not all(codes, { # == '500' })", "all(codes, { # == '500' }) == false",
        "map(codes, { # == '500' }) == [false]",
        "not any([code == '500'], { # })",
    ],
)  # fmt: skip
def test_a_false_for_unequal_kinds_never_makes_an_assertion_hold(text):
    outcome = compile_expression(text).check(SCOPE)

    assert (outcome.holds, outcome.code) == (False, "TM403")
    assert "always differ" in (outcome.error or "")


@pytest.mark.parametrize(
    "text",
    ["code == '500' or code == 500", "not (code != 500)", "not not (code == '500') or true",
     "true ? code == '500' or true : false", "none(mixed, { # == 2 })", "count(mixed, { # == 1 }) == 1",
     "not any(mixed, { # == 2 })", "any(mixed, { # == 1 })", "not (code == nil)", "(code == 501) == false",
     "code == 501 ? false : true", "not all(codes, { # == 501 })"],
)  # fmt: skip
def test_a_false_that_could_not_make_an_assertion_hold_is_no_error(text):
    assert compile_expression(text).check(SCOPE).holds


def test_a_plain_equation_of_unequal_kinds_fails_without_an_error():
    outcome = compile_expression("code == '500'").check(SCOPE)

    assert (outcome.holds, outcome.error) == (False, None)
    assert compile_expression("code == '500'").evaluate(SCOPE) is False


@pytest.mark.parametrize(
    "text",
    ["code == '500'", "true and code == '500'", "code == '500' or true", "any(codes, { # == '500' })",
     "len(filter(codes, { # == '500' })) == 0", "tags == [{id: '1'}]", "moment == '2024-01-01'"],
)  # fmt: skip
def test_a_strict_expression_refuses_every_equation_of_unequal_kinds(text):
    with pytest.raises(TypeMismatchError, match="always differ"):
        compile_expression(text, strict=True).evaluate(SCOPE)


@pytest.mark.parametrize("text", ["code == 501", "code == nil", "tags == [{id: 2}]", "minute == '61s'"])
def test_a_strict_expression_is_false_of_what_differs_in_truth(text):
    assert compile_expression(text, strict=True).evaluate(SCOPE) is False


@pytest.mark.parametrize("text", ["{id: '1'} not in tags", "not (tags contains {id: '1'})", "moment not in ['today']"])
def test_an_element_that_differs_for_its_kinds_alone_is_not_absent(text):
    outcome = compile_expression(text).check(SCOPE)

    assert (outcome.holds, outcome.code) == (False, "TM403")


def test_an_element_looked_for_in_a_list_of_ranges_is_told_how_a_range_is_written():
    outcome = compile_expression("code not in [200..299, 400..499]").check(SCOPE)

    assert (outcome.error or "").endswith("like a list of 100; a range is written without brackets, as in `200..299`")


def test_an_element_that_differs_for_the_kinds_inside_names_them():
    outcome = compile_expression("{id: '1'} not in tags").check(SCOPE)

    assert 'the string "1" and the number 1 always differ' in (outcome.error or "")
    assert compile_expression("{id: 2} not in tags and {no: '1'} not in tags").check(SCOPE).holds


@pytest.mark.parametrize(
    ("text", "like"),
    [
        ("moment != '2024-01-01T00:00:00'", '"2024-01-31T12:30:00Z", with its zone'),
        ("moment != '2024-01-01'", '"2024-01-31T12:30:00Z", with its zone'),
        ("'today' != moment", '"2024-01-31T12:30:00Z", with its zone'),
        ("naive != '2024-01-01T00:00:00Z'", '"2024-01-31T12:30:00", with no zone'),
        ("naive != moment", '"2024-01-31T12:30:00", with no zone'),
        ("day != '20240101'", '"2024-01-31"'),
        ("day != moment", '"2024-01-31"'),
        ("clock != '12:00:00Z'", '"12:30:00", with no zone'),
        ("minute != '90'", '"1m30s"'),
        ("minute != moment", '"1m30s"'),
        ("minute != 60", '"1m30s"'),
    ],
)
def test_a_text_that_is_no_such_time_is_of_another_kind(text, like):
    outcome = compile_expression(text).check(SCOPE)

    assert (outcome.holds, outcome.code) == (False, "TM403")
    assert f"one like {like}" in (outcome.error or "")


@pytest.mark.parametrize(
    "text", ["minute == '60s'", "minute == '1m'", "minute != '61s'", "moment != '2024-01-01T00:00:01Z'",
             "day != '2024-01-02'", "clock == '12:00'", "naive != '2024-01-01T01:00:00'", "moment != nil",
             "day != tomorrow", "clock != later"]
)  # fmt: skip
def test_a_text_that_is_such_a_time_is_compared_as_one(text):
    assert compile_expression(text).check(SCOPE).holds
