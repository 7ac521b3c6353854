"""An assertion that holds without having looked at anything says so."""

import pytest

from testmesh_engine.expressions import compile_expression

SCOPE = {
    "empty": [],
    "items": [{"id": 1, "code": "1", "tags": []}, {"id": 2, "code": "2", "tags": ["a"]}],
    "codes": ["1", 2],
    "body": {"error": None, "text": "", "map": {}},
}


def warned(text):
    outcome = compile_expression(text).check(SCOPE)
    assert outcome.holds, outcome.error
    return outcome.warnings


@pytest.mark.parametrize(
    "text",
    ["all(empty, .x > 1)", "none(empty, .x > 1)", "not any(empty, .x > 1)", "count(empty, .x > 1) == 0",
     "find(empty, .x > 1) == nil", "filter(empty, .x > 1) == []", "not one(empty, .x > 1)",
     "all(filter(items, .id > 5), .x)", "true and all(empty, .x)", "all(items, all(empty, .x))",
     "1 == 2 or none(empty, .x)"],
)  # fmt: skip
def test_a_predicate_over_an_empty_list_keeps_its_value_and_is_told(text):
    warnings = warned(text)

    assert len(warnings) == 1
    assert warnings[0].endswith("looked at no element: the list is empty")


@pytest.mark.parametrize(
    "text",
    ["all(items, .id > 0)", "none(items, .id > 5)", "len(empty) == 0 or all(empty, .x)", "empty == []",
     "all(items, { all(.tags, # == 'a') })", "sum(empty) == 0", "map(empty, .x) == []", "true or all(empty, .x)",
     "len(empty) == 0", "5 not in [6]", "body.error == nil", "body.nothing_like_it == nil"],
)  # fmt: skip
def test_an_assertion_that_looked_at_something_is_not_doubted(text):
    assert warned(text) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [("5 not in empty", "list"), ("not (empty contains 5)", "list"), ("'x' not in body.map", "map"),
     ("body.text not contains 'error'", "string")],
)  # fmt: skip
def test_what_is_not_in_nothing_is_doubted(text, kind):
    assert [warning.endswith(f"looked into an empty {kind}") for warning in warned(text)] == [True]


@pytest.mark.parametrize(
    "text", ["none(items, { .code == 1 })", "count(items, { .code == 1 }) == 0", "not any(items, { .code == 1 })",
             "find(items, { .code == 1 }) == nil"]
)  # fmt: skip
def test_an_equation_of_each_element_that_never_met_its_own_kind_is_doubted(text):
    assert warned(text) == [
        "`.code == 1` compared values of different kinds alone (string with number): they are never equal"
    ]


@pytest.mark.parametrize("text", ["none(codes, { # == 3 })", "none(items, { .code == '3' })", "none([nil], # == 3)",
                                  "all(items, { .code == 1 or .id > 0 })"])  # fmt: skip
def test_an_equation_that_met_its_own_kind_is_not_doubted(text):
    assert warned(text) == []


def test_a_key_that_equals_nil_for_its_spelling_is_doubted():
    assert warned("body.eror == nil") == ["`body.eror` is missing, and equals nil for that. Did you mean `error`?"]


def test_an_assertion_that_does_not_hold_has_no_warning():
    outcome = compile_expression("all(empty, .x) and 1 == 2").check(SCOPE)

    assert (outcome.holds, outcome.warnings) == (False, [])


@pytest.mark.parametrize("schema", ["{}", "{title: 'x', '$defs': {a: {type: 'string'}}}", "{unknown: 1}"])
def test_a_schema_that_allows_everything_is_doubted(schema):
    assert warned(f"matches_schema(items, {schema})") == ["the schema of matches_schema() allows everything"]
    assert warned("matches_schema(items, {type: 'array'})") == []
