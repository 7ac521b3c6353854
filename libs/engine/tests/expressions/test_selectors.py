"""What `output` finds in a result."""

import pytest

from testmesh_engine.expressions import (
    ExpressionSyntaxError,
    MissingKeyError,
    NothingFoundError,
    TypeMismatchError,
    compile_selector,
)

RESULT = {"status": 200, "body": {"id": 7, "status": "open", "items": [{"id": 1}, {"id": 2}], "none": None}}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$.id", 7),
        ("$.status", 200),
        ("$.body.status", "open"),
        ("$['body']['id']", 7),
        ("$.items[*].id", [1, 2]),
        ("$.items[?@.id > 1].id", 2),
        ("$.items[-1].id", 2),
        ("$.none", None),
        ("$..id", [7, 1, 2]),
        ("$..status", "open"),
        ("$", RESULT),
        ("body.id", 7),
        ("${body.id}", 7),
        ("{{ body.id + offset }}", 17),
        ("map(body.items, .id)", [1, 2]),
    ],
)
def test_a_selector_finds_its_value(text, value):
    assert compile_selector(text).select(RESULT, {"offset": 10}) == value


@pytest.mark.parametrize(
    ("text", "error"),
    [("$.nope", NothingFoundError), ("$.items[9]", NothingFoundError), ("$.items[?@.id > 5]", NothingFoundError),
     ("body.nope", MissingKeyError)],
)  # fmt: skip
def test_a_selector_that_finds_nothing_is_an_error(text, error):
    with pytest.raises(error):
        compile_selector(text).select(RESULT, {})


def test_a_path_over_a_list_and_over_a_text():
    assert compile_selector("$[1].id").select({"body": [{"id": 1}, {"id": 2}]}) == 2
    with pytest.raises(TypeMismatchError):
        compile_selector("$.id").select({"body": '{"id": 1}'})


@pytest.mark.parametrize("text", ["$.", "$[", "$.a | $.b", "$.a & $.b", "$.a[?nope(@)]", "$a b", "", "body."])
def test_a_text_that_is_no_selector_is_refused(text):
    with pytest.raises(ExpressionSyntaxError):
        compile_selector(text)
