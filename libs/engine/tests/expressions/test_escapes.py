"""Nothing leads out of the language, and whatever asks for too much ends with an error that says so."""

import re
from collections import ChainMap
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from testmesh_engine.expressions import ExpressionError, ExpressionSyntaxError, Generators, compile_expression

CASES = [
    line.split("\t", 1)
    for line in (Path(__file__).parent / "cases" / "escapes.tsv").read_text().splitlines()
    if not line.startswith("# ")
]


class Treasure:
    secret = 1


def nested(levels):
    value = []
    for _ in range(levels):
        value = [value]
    return value


SCOPE = ChainMap(
    {
        "status": 200,
        "name": "Bob",
        "total": Decimal("59.98"),
        "id": UUID("12345678-1234-5678-1234-567812345678"),
        "at": datetime(2024, 5, 1, tzinfo=UTC),
        "body": {"user": {"name": "Bob"}, "items": [{"id": 1}]},
        "object": Treasure(),
        "callable": len,
        "big": "a" * 100_000,
        "big2": "a" * 99_999 + "b",
        "deep": nested(5_000),
        "deep2": nested(5_000),
        "wide": [[[place]] for place in range(20_000)],
        "wide_xml": "<r>" + "<a><b>xy</b></a>" * 2_000 + "</r>",
    },
    Generators(1, lambda: datetime(2024, 5, 1, tzinfo=UTC)),
)


def written_out(text):
    """`⟨a⟩*3` stands for `aaa`."""
    return re.sub("⟨(.*?)⟩[*]([0-9]+)", lambda match: match[1] * int(match[2]), text)


@pytest.mark.parametrize(("code", "text"), CASES)
def test_an_escape_ends_in_its_error_and_never_holds_as_an_assertion(code, text):
    try:
        expression = compile_expression(written_out(text))
    except ExpressionSyntaxError as error:
        assert (error.code, len(error.message) < 1_000) == (code, True), error.message  # noqa: PT017  # or it compiles
        return
    with pytest.raises(ExpressionError) as caught:
        expression.evaluate(SCOPE)
    outcome = expression.check(SCOPE)

    assert caught.value.code == code, caught.value.message
    assert len(caught.value.message) < 1_000
    assert (outcome.holds, outcome.code) == (False, code)


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("9^9^9", "308 digits"),
        ("1..1000000000", "100000 allowed"),
        ("all(1..1000, { all(1..1000, { # > 0 }) })", "200000 steps allowed"),
        ("replace(big, 'a', big)", "4000000 allowed"),
        ("to_json(deep)", "100 deep"),
        ("round(1.5, 1000000)", "0 to 100 places"),
        ("from_json('" + "9" * 5000 + "')", "308 allowed"),
        ("matches_schema(1, {const: wide})", "100000 characters"),
        ("xpath('" + "<a>" * 300 + "', '/a')", "200 deep"),
    ],
)
def test_an_error_for_too_much_says_the_limit(text, limit):
    assert limit in (compile_expression(text).check(SCOPE).error or "")


@pytest.mark.parametrize(
    "text", ["to_json(a)", "a == b", "unique([a])", "string(a)", "'${a}!'", "a in [b]",
             "matches_schema(a, {})"]
)  # fmt: skip
@pytest.mark.parametrize("kind", [list, dict])
def test_values_nested_without_end_meet_the_limit_of_depth(text, kind):
    left = right = None
    for _ in range(200):
        left, right = ([left], [right]) if kind is list else ({"a": left}, {"a": right})

    with pytest.raises(ExpressionError) as caught:
        compile_expression(text).evaluate({"a": left, "b": right})
    assert "100 deep" in caught.value.message


def test_values_nested_as_deep_as_the_limit_are_compared_and_written():
    left = right = 1
    for _ in range(100):
        left, right = {"a": [left]} if _ % 2 else left, {"a": [right]} if _ % 2 else right

    assert compile_expression("a == b and to_json(a) == to_json(b)").evaluate({"a": left, "b": right})
