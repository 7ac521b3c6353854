"""`matches_schema`: what fits, what does not and why, and what is refused."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from testmesh_engine.expressions import compile_expression

SEVENTH = "http://json-schema.org/draft-07/schema#"


def outcome(value, schema):
    return compile_expression("matches_schema(value, schema)").check({"value": value, "schema": schema})


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        (1, {"type": "integer"}),
        (1.0, {"type": "integer"}),
        (Decimal("1.5"), {"type": "number", "maximum": 1.5}),
        (datetime(2024, 5, 1, tzinfo=UTC), {"type": "string", "format": "date-time"}),
        ({"a": 1}, {"required": ["a"], "properties": {"a": {"type": "integer"}}, "additionalProperties": False}),
        ({"a1": 1}, {"patternProperties": {"^a": {"type": "integer"}}, "additionalProperties": False}),
        ({"a1": 1, "b": "x"}, {"patternProperties": {"^a": {"type": "integer"}}}),
        (
            {"a": 1, "b": 2},
            {"allOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}}], "unevaluatedProperties": False},
        ),
        ([1, "a"], {"prefixItems": [{"type": "integer"}, {"type": "string"}], "items": False}),
        ([1, "a"], {"$schema": SEVENTH, "items": [{"type": "integer"}, {"type": "string"}], "additionalItems": False}),
        ([1, True, "1"], {"uniqueItems": True}),
        ("abc", {"pattern": "^a", "minLength": 3}),
        ("x", {"anyOf": [{"type": "integer"}, {"const": "x"}]}),
        (2, {"enum": [1, 2.0]}),
        ({"n": {"n": {}}}, {"$ref": "#/$defs/t", "$defs": {"t": {"properties": {"n": {"$ref": "#/$defs/t"}}}}}),
        (5, True),
        ({"requierd": 1}, {"const": {"requierd": 1}, "default": {"typ": 1}, "examples": [{"typ": 1}]}),
        ({"typ": 1}, {"properties": {"typ": {}}, "$defs": {"patern": {}}, "required": ["typ"]}),
        ("a" * 1999 + ".b", {"format": "int32"}),
        ("a.b", {"format": "hostname"}),
        (("x", 1), {"type": "array", "maxItems": 2}),
        ("anything", {"x-note": 1, "format": "int32", "description": "free"}),
    ],
)
def test_a_value_that_fits_matches(value, schema):
    assert outcome(value, schema).holds


@pytest.mark.parametrize(
    ("value", "schema", "told"),
    [
        ("1", {"type": "integer"}, ['the value: is the string "1", expected integer']),
        (True, {"type": ["integer", "null"]}, ["the value: is the bool true, expected integer or null"]),
        ({"a": {}}, {"properties": {"a": {"required": ["b"]}}}, [".a: has no `b`, which is required"]),
        ({"a": [1, 2]}, {"properties": {"a": {"items": {"minimum": 2}}}}, [".a[0]: is 1, expected minimum 2"]),
        ({"b": 1}, {"additionalProperties": False},
         ["the value: has `b`, and no other keys than those of the schema are allowed"]),
        ({"b": 1}, {"additionalProperties": {"type": "string"}}, [".b: is the number 1, expected string"]),
        ({"ab": 1}, {"patternProperties": {"b": {"type": "string"}}}, [".ab: is the number 1, expected string"]),
        ("b", {"pattern": "^a"}, ['the value: is "b", which does not match ^a']),
        ("b", {"enum": ["a", "c"]}, ['the value: is "b", expected one of ["a","c"]']),
        (1, {"const": "1"}, ['the value: is 1, expected "1"']),
        ("ab", {"maxLength": 1}, ['the value: is "ab" of length 2, expected maxLength 1']),
        ([1, 2, 1.0], {"uniqueItems": True}, ["the value: has the same element at 0 and 2, and they should be unique"]),
        ("2024-13-01", {"format": "date"}, ["the value: '2024-13-01' is not a 'date'"]),
        ("2024-01-01", {"$schema": SEVENTH, "format": "date-time"}, ["the value: '2024-01-01' is not a 'date-time'"]),
        (1, False, ["the value: False schema does not allow 1"]),
        ([1, "a"], {"$schema": SEVENTH, "items": [{"type": "integer"}, {"type": "integer"}]},
         ['[1]: is the string "a", expected integer']),
        (list(range(9)), {"items": {"minimum": 9}}, [f"[{n}]: is {n}, expected minimum 9" for n in range(5)]
         + ["… (more faults are not shown)"]),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_told_with_its_place_and_what_was_expected(value, schema, told):
    judged = outcome(value, schema)

    assert (judged.holds, judged.error) == (False, None)
    assert judged.difference == told


FORMATS = {
    "date-time": (
        ["2024-05-01T12:00:00Z", "2024-05-01T12:00:00.123+02:00"],
        ["2024-05-01T12:00:00", "2024-05-01", "x"],
    ),
    "date": (["2024-02-29"], ["2023-02-29", "20240229", ""]),
    "time": (["12:00:00Z", "12:00:00.5+01:00"], ["12:00", "25:00:00Z", "12:00:00"]),
    "email": (["a@example.org"], ["a@b", "a"]),
    "uri": (["http://a.example/x", "urn:isbn:1", "urn:" + "x" * 1996], ["/x", "a b", "urn:" + "x" * 1997]),
    "uuid": (["12345678-1234-5678-1234-567812345678"], ["1234"]),
    "ipv4": (["127.0.0.1"], ["256.0.0.1", "::1"]),
    "ipv6": (["::1"], ["127.0.0.1", "g::"]),
    "hostname": (["a.example", "a-b", "a." * 126 + "a"], ["-a", "a..b", "", "a." * 126 + "ab"]),
    "regex": (["^a+$"], ["(", "(?=a)", "a" * 1001]),
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, (good, _) in FORMATS.items() for text in good])
def test_a_text_of_a_format_fits(name, text):
    assert outcome(text, {"format": name}).holds
    assert outcome(5, {"format": name}).holds


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, (_, bad) in FORMATS.items() for text in bad])
def test_a_text_that_is_not_of_its_format_does_not_fit(name, text):
    assert not outcome(text, {"format": name}).holds


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"requierd": ["a"]}, "`requierd`; did you mean `required`?"),
        ({"properties": {"a": {"minimun": 1}}}, "`minimun` at /properties/a; did you mean `minimum`?"),
        ({"allOf": [{"typ": "string"}]}, "`typ` at /allOf/0; did you mean `type`?"),
        ({"items": {"patern": "a"}}, "`patern` at /items"),
        ({"type": "strin"}, "the schema is wrong at /type"),
        ({"properties": ["a"]}, "the schema is wrong at /properties"),
        ({"properties": {"a": {"items": {"typ": 1}}}}, "`typ` at /properties/a/items"),
        ({"not": {"patern": ""}}, "`patern` at /not"),
        ({"prefixItems": [{}, {"patern": ""}]}, "`patern` at /prefixItems/1"),
        ({"items": [{"patern": ""}], "$schema": SEVENTH}, "`patern` at /items/0"),
        ({"$ref": "http://localhost/x"}, "other documents are not fetched"),
        ({"$ref": "#/$defs/x"}, "leads nowhere"),
        ({"$ref": "#/title", "title": "x"}, "no schema"),
        ({"$schema": "http://json-schema.org/draft-04/schema#"}, "known are"),
        ({"$schema": 5}, "known are"),
        ({"pattern": "(?=a)"}, "RE2"),
        ({"patternProperties": {"a": {}}, "unevaluatedProperties": False}, "not supported"),
        ({"allOf": [{"patternProperties": {"a": {}}}], "unevaluatedProperties": False}, "not supported"),
    ],
)
def test_a_schema_that_cannot_be_meant_is_an_error_and_not_a_match(schema, said):
    judged = outcome({"title": "a"} if "pattern" not in schema else "a", schema)

    assert (judged.holds, judged.code) == (False, "TM406")
    assert said in judged.error


def doubling(levels):
    steps = {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(levels)}
    return {"$ref": "#/$defs/a0", "$defs": {**steps, f"a{levels}": {}}}


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        (1, doubling(40)),
        (1, {"$ref": "#"}),
        (list(range(90_000)), {"items": {"enum": list(range(1_000))}}),
        ({str(n): n for n in range(2_000)}, {"unevaluatedProperties": False}),
        (["a" * 100_000] * 30, {"items": {"pattern": "(a+)+$"}}),
    ],
)
def test_what_a_schema_asks_for_is_paid_for(value, schema):
    assert outcome(value, schema).code == "TM404"


def test_a_pattern_takes_linear_time():
    assert not outcome("a" * 20_000 + "!", {"pattern": "^(a+)+$"}).holds


def test_a_schema_is_no_text():
    assert outcome(1, "object").code == "TM403"
    assert outcome(object(), {}).code == "TM403"
