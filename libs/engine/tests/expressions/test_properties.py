"""What holds for every text and every tree."""

import string

from hypothesis import example, given
from hypothesis import strategies as st

from testmesh_engine.expressions import ExpressionError, ExpressionSyntaxError, compile_expression, compile_template
from testmesh_engine.expressions import syntax as tree
from testmesh_engine.expressions.functions import FUNCTIONS
from testmesh_engine.expressions.parser import parse
from testmesh_engine.expressions.precedence import RESERVED

SCOPE = {"a": 1, "b": "text", "c": [1, 2.5, None], "d": {"a": {"b": [True]}}, "e": None}
words = st.text(string.ascii_letters + "_", min_size=1, max_size=6).filter(
    lambda word: word not in RESERVED and word not in FUNCTIONS
)
literals = st.builds(
    tree.Literal,
    st.none() | st.booleans() | st.integers(0, 2**70) | st.floats(0, 1e300, allow_subnormal=False)
    | st.text(max_size=8) | st.text("${}`'\"\\ a:-", max_size=8),
)  # fmt: skip
OPERATORS = ["==", "!=", "<", ">=", "in", "contains", "and", "or", "+", "-", "*", "/", "%", "^", "??", ".."]


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
        st.builds(tree.Predicate, st.sampled_from(["all", "map", "group_by"]), inner, body(inner)),
        inner.filter(lambda node: not isinstance(node, tree.Literal)).map(
            lambda node: tree.Interpolation(("x${", node, "{{"))
        ),
    )


def body(inner):
    return inner.map(lambda node: tree.Binary("==", tree.Member(tree.Element(), "key"), node))


defaults = st.builds(tree.Defaulted, words, st.text("ab /:'\"", max_size=5))
trees = st.recursive(literals | st.builds(tree.Name, words) | defaults, grown, max_leaves=12)


@given(trees)
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
