"""Whatever is written and whatever it meets: a value within the limits or an explained error, within the steps."""

import sys
from collections import ChainMap
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from testmesh_engine.expressions import ExpressionError, ExpressionSyntaxError, Generators, compile_expression
from testmesh_engine.expressions.frames import Frame
from testmesh_engine.expressions.functions import FROM_SCOPE, FUNCTIONS
from testmesh_engine.expressions.limits import MAX_ITEMS, MAX_STEPS, MAX_TEXT
from testmesh_engine.expressions.predicates import PREDICATES

for heavy in ("email", "name"):  # imports are no steps
    compile_expression(f"fake('{heavy}')").evaluate(Generators(1, lambda: datetime.now(UTC)))
compile_expression("matches_schema([jsonpath([1], '$[0]')], {})").evaluate({})

_CALLS_A_STEP = 60
_CALLS_TO_BEGIN = 20_000
WITH_BODY = [name for name in PREDICATES if name != "sort_by"]


def scope():
    values = {
        "a": 1, "b": "text", "c": [1, 2.5, None, "x"], "d": {"a": {"b": [True]}, "items": [{"id": 1}]}, "e": None,
        "big": "ab" * 50_000, "many": list(range(5_000)), "money": Decimal("1e300"), "nan": float("nan"),
        "at": datetime(2024, 5, 1, tzinfo=UTC), "span": timedelta(days=9), "id": UUID(int=7), "huge": 10**4_000,
        "xml": "<a><b k='1'>2</b></a>", "json": '{"a": [1]}', "schema": {"items": {"type": "integer"}},
    }  # fmt: skip
    return ChainMap(values, Generators(1, lambda: datetime(2024, 5, 1, tzinfo=UTC)))


names = st.sampled_from([*scope().maps[0], "missing", "UUID", "TIMESTAMP", "DATE"])
literals = st.sampled_from(
    ["0", "1", "-1", "2.5", "1e300", "99999", "'x'", "''", "nil", "true", "false", "[]", "{}", "'$..a'", "'//b'",
     "'(a+)+$'", "'1h'", "'2024-05-01'", "'email'", "'${a}'", "'%'", "\"{{ b }}!\""]
)  # fmt: skip
binary = st.sampled_from(
    ["==", "!=", "<", "<=", ">", ">=", "and", "or", "in", "not in", "contains", "startsWith", "endsWith", "matches",
     "+", "-", "*", "/", "%", "^", "??", ".."]
)  # fmt: skip


def grown(inner):
    several = st.lists(inner, max_size=3).map(", ".join)
    return st.one_of(
        st.builds("({} {} {})".format, inner, binary, inner),
        st.builds("(not {})".format, inner),
        st.builds("(-{})".format, inner),
        st.builds("({} ? {} : {})".format, inner, inner, inner),
        st.builds("({}).{}".format, inner, st.sampled_from(["a", "b", "items", "id", "__class__"])),
        st.builds("({})?.a".format, inner),
        st.builds("({})[{}]".format, inner, inner),
        st.builds("({})[{}:{}]".format, inner, inner, inner),
        st.builds("[{}]".format, several),
        st.builds("{{k: {}}}".format, inner),
        st.builds("{}({})".format, st.sampled_from([*FUNCTIONS, *FROM_SCOPE]), several),
        st.builds("({} | {}())".format, inner, st.sampled_from(list(FUNCTIONS))),
        st.builds("{}({}, {{ {} }})".format, st.sampled_from(WITH_BODY), inner, inner),
        st.builds("{}({}, # {} {})".format, st.sampled_from(WITH_BODY), inner, binary, inner),
        st.builds("{}({}, .id)".format, st.sampled_from(list(PREDICATES)), inner),
    )


expressions = st.recursive(names | literals, grown, max_leaves=10)


def counted(work):
    """Run something; return what it gave and how many Python functions were called for it."""
    calls = 0

    def count(_, event, __):
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        return work(), calls
    except ExpressionError as error:
        return error, calls
    finally:
        sys.setprofile(before)


def size_of(value):
    if isinstance(value, str):
        return len(value) / MAX_TEXT
    return len(value) / MAX_ITEMS if isinstance(value, list) else 0


@settings(max_examples=3 * settings().max_examples)
@given(expressions)
def test_an_expression_of_the_grammar_gives_a_bounded_value_or_an_explained_error(text):
    try:
        expression = compile_expression(text)
    except ExpressionSyntaxError as error:
        assert 0 <= error.offset <= len(text)  # noqa: PT017  # either end is right
        return
    result, calls = counted(lambda: expression.evaluate(scope()))

    assert calls <= _CALLS_TO_BEGIN + _CALLS_A_STEP * MAX_STEPS
    if isinstance(result, ExpressionError):
        assert result.message
        assert result.code.startswith("TM4")
        assert -1 <= result.offset <= len(text)
    else:
        assert size_of(result) <= 1


@given(expressions)
def test_work_is_paid_for_with_steps(text):
    try:
        closure = compile_expression(text)._meaning.closure
    except ExpressionSyntaxError:
        return
    frame = Frame(scope(), steps=2_000)
    _, calls = counted(lambda: closure(frame))

    assert calls <= _CALLS_TO_BEGIN + _CALLS_A_STEP * 2_000


@given(expressions)
def test_an_assertion_tells_no_more_than_fits_a_page_and_never_raises(text):
    try:
        expression = compile_expression(text)
    except ExpressionSyntaxError:
        return
    outcome = expression.check(scope())

    assert len(outcome.difference) <= 120
    assert all(len(line) < 3_000 for line in outcome.difference)
    assert outcome.holds is False or outcome.error is None


@given(expressions)
def test_one_seed_gives_one_value(text):
    try:
        expression = compile_expression(text)
    except ExpressionSyntaxError:
        return
    first, again = (counted(lambda: expression.evaluate(scope()))[0] for _ in range(2))

    assert repr(first) == repr(again)
