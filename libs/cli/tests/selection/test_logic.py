from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testmesh_cli.errors import UsageError
from testmesh_cli.selection.logic import (
    DEEPEST,
    LONGEST,
    And,
    ChoiceSyntaxError,
    Not,
    Or,
    Word,
    holds,
    parse,
    words_of,
    written,
)

NAMES = ("smoke", "slow", "not ready", "and", "a/b.yaml", 'x"y', "[1]", "!x")
WORDS = st.sampled_from(NAMES).map(Word)
EXPRESSIONS = st.recursive(
    WORDS,
    lambda inner: st.one_of(inner.map(Not), st.builds(And, inner, inner), st.builds(Or, inner, inner)),
    max_leaves=12,
)


def in_python(expression):
    """The same, written for Python's own evaluation, every pair of parentheses there."""
    match expression:
        case Word(text):
            return f"({text!r} in have)"
        case Not(inner):
            return f"(not {in_python(inner)})"
        case And(left, right):
            return f"({in_python(left)} and {in_python(right)})"
        case Or(left, right):
            return f"({in_python(left)} or {in_python(right)})"


@given(EXPRESSIONS)
def test_what_is_written_is_read_as_the_same_expression(expression):
    assert parse(written(expression), "-t") == expression


@given(EXPRESSIONS, st.sets(st.sampled_from(NAMES)))
def test_an_expression_holds_where_python_says_so(expression, have):
    assert holds(expression, have.__contains__) is eval(in_python(expression), {"have": have})


@given(st.lists(st.sampled_from(["a", "b", "and", "or", "not", "(", ")"]), max_size=9))
def test_text_is_an_expression_exactly_where_it_is_one_to_python(tokens):
    text = " ".join(tokens)
    try:
        compiled = compile(text, "given", "eval") if tokens else None
    except SyntaxError:
        compiled = None
    # Python takes `()` as an empty tuple, and `a (b)` as a call; here they are nothing.
    pairs = list(pairwise(tokens))
    odd = any(right == ")" if left == "(" else left in {"a", "b", ")"} and right == "(" for left, right in pairs)
    try:
        found = parse(text, "-t")
    except ChoiceSyntaxError:
        assert compiled is None or odd
        return
    assert compiled is not None
    for have in (set(), {"a"}, {"b"}, {"a", "b"}):
        names = {name: name in have for name in ("a", "b")}
        assert holds(found, have.__contains__) is eval(compiled, {}, names)


@given(st.text(alphabet="ab()'\"!&|, \tnot\n", max_size=40))
def test_any_text_is_read_or_refused_with_a_caret_at_a_place_of_it(text):
    try:
        found = parse(text, "-k")
    except ChoiceSyntaxError as error:
        _, shown, caret, _ = str(error).split("\n")
        assert len(shown) == 4 + len(text)
        assert 4 <= caret.index("^") <= 4 + len(text)
    else:
        assert all(words_of(found))


@pytest.mark.parametrize(
    ("text", "at", "wrong", "remedy"),
    [
        ("", 0, "a word is missing", "write words joined by"),
        ("smoke and", 9, "a word is missing", "write words joined by"),
        ("smoke slow", 6, "'slow' stands where and, or", "in quotes"),
        ("smoke AND slow", 6, "'AND' stands where", "in small letters"),
        ("smoke && slow", 6, "& joins nothing", "write and"),
        ("!slow", 0, "! joins nothing", "write not"),
        ("a,b", 1, ", joins nothing", "write or"),
        ("(smoke", 6, "not closed", "write words"),
        ("smoke)", 5, "nothing opens", "write words"),
        ("or smoke", 0, "a word is missing", "write words"),
        ('smoke and "slow', 10, "a quote is not closed", "write words"),
        ("''", 0, "an empty word", "write words"),
    ],
)
def test_a_fault_has_its_place_and_a_remedy(text, at, wrong, remedy):
    with pytest.raises(ChoiceSyntaxError) as caught:
        parse(text, "-t")

    first, _, caret, last = str(caught.value).split("\n")
    assert first.startswith("-t: ")
    assert wrong in first
    assert caret.index("^") - 4 == at
    assert remedy in last


@pytest.mark.parametrize("text", ["(" * (DEEPEST + 5) + "a" + ")" * (DEEPEST + 5), "not " * (DEEPEST + 5) + "a"])
def test_what_is_nested_without_end_is_refused(text):
    with pytest.raises(ChoiceSyntaxError, match="nested deeper"):
        parse(text, "-t")


def test_what_is_too_long_is_refused_without_being_shown():
    with pytest.raises(UsageError) as caught:
        parse("a or " * LONGEST, "-t")

    assert len(str(caught.value)) < 200


def test_many_words_in_a_row_are_no_nesting():
    expression = parse(" or ".join(f"w{n}" for n in range(200)), "-t")

    assert holds(expression, {"w0"}.__contains__)
    assert holds(expression, {"w199"}.__contains__)
    assert not holds(expression, {"w200"}.__contains__)
