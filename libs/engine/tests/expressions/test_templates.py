"""References in values: types kept, texts filled, constants untouched."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testmesh_engine.expressions import (
    ExpressionSyntaxError,
    TypeMismatchError,
    UnknownNameError,
    compile_template,
    strip_braces,
)

SCOPE = {
    "count": 3, "flag": True, "nothing": None, "name": "Bob", "rate": 1.5, "price": Decimal("59.90"),
    "list": [1, "a"], "id": uuid.UUID(int=1), "at": datetime(2024, 5, 1, tzinfo=UTC), "raw": b"x",
    "empty": "", "zero": 0, "no": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${count}", 3),
        ("{{ count }}", 3),
        ("${list}", [1, "a"]),
        ("${nothing}", None),
        ("${ {a: {b: 1}}.a }", {"b": 1}),
        ("{{ {a: {b: 1}} }}", {"a": {"b": 1}}),
        ("${'}'}", "}"),
        (" ${count}", " 3"),
        ("${count}${count}", "33"),
        ("${flag} ${nothing} ${rate} ${name}", "true null 1.5 Bob"),
        ("p=${price} l=${list}", 'p=59.90 l=[1,"a"]'),
        ("${id} ${at}!", "00000000-0000-0000-0000-000000000001 2024-05-01T00:00:00+00:00!"),
        ("$${count}", "${count}"),
        ("$$${count}", "$${count}"),
        ("${count}$", "3$"),
        ("a $${x} ${count}", "a ${x} 3"),
        ("${NOPE:-http://x:1/y?z='}", "http://x:1/y?z='"),
        ("a{{NOPE:-b}}c", "abc"),
        ("${count:-5}", 3),
        ("${NOPE:-}", ""),
        ("${ NOPE:-x y }", "x y"),
        ("{{ NOPE:-x }}!", "x!"),
        ("${NOPE:- x }", " x "),
        ("${nothing:-a}${empty:-b}${zero:-c}${no:-d}", "ab0false"),
        ("$ { } $x }}", "$ { } $x }}"),
        ("${name == 'Bob' ? 'yes' : 'no'}", "yes"),
    ],
)
def test_a_text_is_filled_in(text, value):
    assert compile_template(text).render(SCOPE) == value


def test_references_are_found_in_all_values_and_keys_stay_literal():
    template = compile_template({"${count}": ["${count}", {"a": "n ${name}"}, 1], "plain": None})

    assert template.render(SCOPE) == {"${count}": [3, {"a": "n Bob"}, 1], "plain": None}
    assert template.names == {"count", "name"}
    assert not template.is_constant


def test_a_name_that_is_not_there_is_an_error_with_the_nearest_one_and_its_pointer():
    with pytest.raises(UnknownNameError) as caught:
        compile_template({"a/b": ["x", "is ${conut}"]}).render(SCOPE)

    assert "Did you mean `count`?" in caught.value.message
    assert caught.value.pointer == "/a~1b/1"
    assert caught.value.offset == 5


def test_a_fault_in_a_reference_is_told_with_pointer_and_offset():
    with pytest.raises(ExpressionSyntaxError) as caught:
        compile_template({"a": ["x", "is ${count +}"]})

    assert caught.value.pointer == "/a/1"
    assert caught.value.offset == 12


@pytest.mark.parametrize(
    "text", ["${", "a {{", "${a", "{{a}", "${}", "{{ }}", "${a b}", "${A:-x", "${A:-${B}}", "${#}", "x ${.a}"]
)
def test_a_reference_that_is_not_whole_is_refused(text):
    with pytest.raises(ExpressionSyntaxError):
        compile_template(text)


def test_a_reference_is_as_long_as_an_expression_may_be_and_a_text_of_many_is_longer():
    blank = " " * 9_990

    assert compile_template("${" + blank + "count}" + "${count}" * 10_000).render(SCOPE) == "3" * 10_001
    with pytest.raises(ExpressionSyntaxError, match="at most 10000 characters"):
        compile_template("x ${" + blank + "count + 1000000 }")


def test_a_reference_is_nested_as_deep_as_an_expression_may_be():
    assert compile_template("x ${" + "(" * 49 + "count" + ")" * 49 + "}").render(SCOPE) == "x 3"
    with pytest.raises(ExpressionSyntaxError, match="nested more than 50 deep"):
        compile_template("x ${" + "(" * 50 + "count" + ")" * 50 + "}")


def test_bytes_cannot_stand_in_a_text():
    with pytest.raises(TypeMismatchError):
        compile_template("a ${raw}").render(SCOPE)


@pytest.mark.parametrize(
    ("text", "bare"),
    [("${ a == 1 }", "a == 1"), ("{{a == 1}}", "a == 1"), ("a == 1", "a == 1"), ("${a} == ${b}", "${a} == ${b}"),
     ("${a", "${a"), ("${A:-x}", "${A:-x}"), ("{a: 1}", "{a: 1}")],
)  # fmt: skip
def test_the_braces_around_a_whole_expression_may_be_left_out(text, bare):
    assert strip_braces(text) == bare


plain_text = st.text().filter(lambda text: "${" not in text and "{{" not in text)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | plain_text,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(values)
def test_a_value_without_references_is_given_back_unchanged(value):
    template = compile_template(value)

    assert template.is_constant
    assert template.render({}) is value
    assert template.names == frozenset()


@given(st.text(), st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_a_reference_alone_keeps_the_value_and_one_inside_text_never_rereads_it(text, value):
    assert compile_template("${x}").render({"x": value}) is value
    assert compile_template("a${x}").render({"x": text}) == "a" + text
