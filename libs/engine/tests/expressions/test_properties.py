"""What holds for every text and every tree."""

import string
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise, product
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from testmesh_engine.expressions import ExpressionError, ExpressionSyntaxError, compile_expression, compile_template
from testmesh_engine.expressions import syntax as tree
from testmesh_engine.expressions.functions import FUNCTIONS
from testmesh_engine.expressions.parser import parse
from testmesh_engine.expressions.precedence import PRECEDENCE, RESERVED

SCOPE = {"a": 1, "b": "text", "c": [1, 2.5, None], "d": {"a": {"b": [True]}}, "e": None}
words = st.text(string.ascii_letters + "_", min_size=1, max_size=6).filter(
    lambda word: word not in RESERVED and word not in FUNCTIONS
)
literals = st.builds(
    tree.Literal,
    st.none() | st.booleans() | st.integers(0, 2**70) | st.floats(0, 1e300, allow_subnormal=False)
    | st.text(max_size=8) | st.text("${}`'\"\\ a:-", max_size=8),
)  # fmt: skip
OPERATORS = [operator for operator in PRECEDENCE if operator != "|"]


def grown(inner):
    several = st.lists(inner, max_size=3).map(tuple)
    return st.one_of(
        st.builds(tree.Member, inner, words, st.booleans()),
        st.builds(tree.Index, inner, inner, st.booleans()),
        st.builds(tree.Slice, inner, st.none() | inner, st.none() | inner),
        st.builds(tree.Unary, st.sampled_from(["not", "-", "+"]), inner),
        st.builds(tree.Binary, st.sampled_from(OPERATORS), inner, inner),
        st.builds(tree.Conditional, inner, inner, inner),
        st.builds(tree.ListOf, several),
        st.dictionaries(st.text(max_size=5), inner, max_size=3).map(lambda d: tree.MapOf(tuple(d.items()))),
        st.builds(tree.Call, st.just("len"), inner.map(lambda node: (node,))),
        st.builds(tree.Predicate, st.sampled_from(["all", "map", "group_by", "min", "count"]), inner, body(inner)),
        st.builds(tree.Predicate, st.just("sort_by"), inner, body(inner), inner),
        st.builds(tree.Predicate, st.sampled_from(["count", "sum", "min"]), inner, st.none()),
        st.builds(tree.Call, st.sampled_from(["round", "join"]), st.tuples(inner, inner)),
        st.builds(tree.Call, st.sampled_from(["now"]), st.just(())),
        inner.filter(lambda node: not isinstance(node, tree.Literal)).map(
            lambda node: tree.Interpolation(("x${", node, "{{"))
        ),
    )


def body(inner):
    return inner.map(lambda node: tree.Binary("==", tree.Member(tree.Element(), "key"), node))


defaults = st.builds(tree.Defaulted, words, st.text("ab /:'\"", max_size=5))
trees = st.recursive(literals | st.builds(tree.Name, words) | defaults, grown, max_leaves=12)


@given(trees)
@example(tree.Unary("not", tree.Name("a")))
@example(tree.Unary("-", tree.Name("a")))
def test_what_is_printed_is_read_back_as_the_same_tree(node):
    printed = tree.render(node)

    assert repr(parse(printed)) == repr(node)


pieces = st.lists(
    st.sampled_from(
        [
            "a",
            "b",
            "c",
            "d",
            "e",
            ".",
            "[",
            "]",
            "(",
            ")",
            "{",
            "}",
            "${",
            "{{",
            "}}",
            "#",
            "?.",
            "??",
            "?",
            ":",
            ",",
            "|",
            "..",
            "1",
            "2.5",
            "'x'",
            '"',
            "`",
            "\\",
            " ",
            "==",
            "<",
            "+",
            "-",
            "*",
            "/",
            "^",
            "not ",
            " and ",
            " in ",
            "len(",
            "map(",
            "all(",
            "sort(",
            "join(",
            "int(",
            "round(",
            "nil",
            "true",
            " matches ",
            "date(",
            "duration(",
            "from_json(",
            "jsonpath(",
            "'$..a'",
        ]
    )
).map("".join)


@given(st.text() | pieces)
@example("a.b[0]")
@example("\ud800")
@example("b matches '\ud800'")
@example("base64('\ud800')")
@example("٣ == 3")
@example("date(1e300)")
@example("date('2024-05-01') + duration('99999999d')")
@example("duration('999999999999d')")
@example("jsonpath(d, '$[99999999999999999999]')")
@example("c[99999999999999999999999:]")
def test_no_text_raises_anything_but_the_two_errors(text):
    for compiled in (compile_expression, compile_template):
        try:
            ready = compiled(text)
            evaluate = ready.evaluate if compiled is compile_expression else ready.render
            evaluate(SCOPE)
        except ExpressionSyntaxError as error:
            placed = 0 <= error.offset <= len(text)
        except ExpressionError as error:
            placed = -1 <= error.offset <= len(text) and bool(error.message)
        else:
            placed = True
        assert placed


@given(pieces)
def test_an_assertion_holds_only_where_the_value_is_true(text):
    try:
        expression = compile_expression(text)
    except ExpressionSyntaxError:
        return
    outcome = expression.check(SCOPE)
    try:
        value = expression.evaluate(SCOPE)
    except ExpressionError:
        value = None

    assert outcome.holds is (value is True)
    assert (outcome.error is None) is isinstance(value, bool)


@given(st.text().filter(lambda text: "${" not in text and "{{" not in text))
def test_interpolation_never_changes_a_text_that_holds_no_reference(text):
    template = compile_template({"a": [text, {text: text}], "b": 1})

    assert template.is_constant
    assert template.render({}) == {"a": [text, {text: text}], "b": 1}


@given(st.text(string.printable).filter(lambda text: "${" not in text and "{{" not in text and "$" not in text[-1:]))
def test_what_stands_around_a_reference_is_kept(text):
    assert compile_template(f"{text}${{a}}{text}").render({"a": "!"}) == f"{text}!{text}"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text("ab1"),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("ab", max_size=1), inner, max_size=2),
        max_leaves=4,
    )
)
def test_a_reference_alone_keeps_the_value_itself(value):
    assert compile_template("${x}").render({"x": value}) is value
    assert compile_template("{{ x }}").render({"x": value}) is value


MOMENT = datetime(2024, 5, 1, tzinfo=UTC)
values = st.recursive(
    st.sampled_from([None, True, False, 0, 1, 1.0, 1.5, -0.0, Decimal("1.50"), "1", "", "a", float("nan"), float("inf"),
                     UUID(int=1), str(UUID(int=1)), MOMENT, MOMENT.isoformat(), MOMENT.date(), timedelta(seconds=90),
                     "1m30s", MOMENT.time(), 10**20, 1e20]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip


def answer(text, left, right):
    try:
        return compile_expression(text).evaluate({"a": left, "b": right})
    except ExpressionError as error:
        return error.code


@given(values, values)
def test_equality_does_not_depend_on_the_side(left, right):
    assert answer("a == b", left, right) is answer("b == a", left, right)
    assert answer("a != b", left, right) == answer("b != a", left, right)
    assert answer("not (a == b)", left, right) == answer("a != b", left, right)


@given(values, values)
def test_an_order_has_two_sides_or_none(left, right):
    assert answer("a < b", left, right) == answer("b > a", left, right)
    assert answer("a <= b", left, right) == answer("b >= a", left, right)
    if isinstance(answer("a < b", left, right), bool):
        assert answer("a < b", left, right) is not answer("a >= b", left, right)


KINDS = [1, "1", True, [1], {"a": 1}, MOMENT, timedelta(seconds=1), None]


@pytest.mark.parametrize(("left", "right"), [pair for pair in product(KINDS, KINDS) if pair[0] is not pair[1]])
def test_values_of_different_kinds_have_no_order_on_either_side(left, right):
    assert {answer(f"a {operator} b", left, right) for operator in ("<", "<=", ">", ">=")} == {"TM403"}


@given(st.lists(st.tuples(values, st.integers()), max_size=6), st.sampled_from(["asc", "desc"]))
def test_a_sort_is_total_and_stable_or_an_error(pairs, order):
    rows = [{"rank": rank, "place": place} for place, (rank, _) in enumerate(pairs)]
    found = answer(f"sort_by(a, .rank, '{order}')", rows, None)
    if found == "TM403":
        return
    assert sorted(row["place"] for row in found) == list(range(len(rows)))
    for one, other in pairwise(found):
        low, high = (one, other) if order == "asc" else (other, one)
        assert answer("a <= b", low["rank"], high["rank"]) is True
        if answer("a == b", one["rank"], other["rank"]) is True:
            assert one["place"] < other["place"]
