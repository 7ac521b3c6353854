"""Lines at the width of a terminal: nothing of them is lost, and none is wider."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testmesh_cli.reporting.failures import FlowText, difference_lines
from testmesh_cli.reporting.layout import cells, folded, part_around
from testmesh_cli.reporting.paper import Line, Span
from testmesh_contracts.events import AssertionOutcome
from testmesh_engine.expressions.text_differences import text_differences

spans = st.lists(
    st.tuples(st.text(st.sampled_from("ab -{},漢é"), max_size=60), st.sampled_from(["", "red"])), max_size=4
)


def texts(lines: list[Line]) -> list[str]:
    return ["".join(span.text for span in line) for line in lines]


@given(spans, st.integers(0, 30), st.integers(40, 90))
def test_a_folded_line_has_all_letters_in_their_order_and_styles_and_no_line_is_too_wide(found, margin, width):
    line = [Span(" " * margin), *(Span(text, style) for text, style in found)]
    lines = folded(line, width)

    def letters(spans):
        return [(letter, span.style) for span in spans for letter in span.text if letter != " "]

    assert letters(span for each in lines for span in each) == letters(line)
    assert max(map(cells, texts(lines))) <= max(width, margin)


@pytest.mark.parametrize(("before", "behind"), [(40, "a"), (39, "漢"), (39, "漢 b"), (41, "a b")])
def test_a_letter_that_does_not_fit_behind_what_stands_there_goes_below(before, behind):
    lines = texts(folded([Span("x" * before), Span(behind, "red")], 40))

    assert "".join(lines).replace(" ", "") == "x" * before + behind.replace(" ", "")
    assert max(map(cells, lines)) <= 40


def test_what_goes_on_stands_below_the_value_that_it_belongs_to():
    line = [Span("    body.text   = "), Span("one two three four five six seven eight", "bold")]

    assert texts(folded(line, 40)) == ["    body.text   = one two three four", "                  five six seven eight"]


def test_a_line_goes_on_a_little_further_in_where_no_value_is_named():
    assert texts(folded([Span("  aaaa bbbb cccc dddd eeee ffff gggg hhhh iiii")], 40)) == [
        "  aaaa bbbb cccc dddd eeee ffff gggg",
        "    hhhh iiii",
    ]


@pytest.mark.parametrize("before", range(30, 40))
def test_a_number_is_never_parted_from_its_unit(before):
    lines = texts(folded([Span("x" * before), Span("  25 ms"), Span("  2 attempts")], 40))

    assert any("25 ms" in line for line in lines), lines
    assert max(map(cells, lines)) <= 40


def test_a_word_that_is_wider_than_the_terminal_is_cut_and_goes_on():
    lines = texts(folded([Span("x" * 100)], 40))

    assert "".join(lines).replace(" ", "") == "x" * 100
    assert [len(line) for line in lines] == [40, 40, 24]


@pytest.mark.parametrize("at", [0, 10, 79, 80, 150, 199])
def test_of_a_long_line_the_part_round_the_place_is_shown_and_the_place_is_in_it(at):
    text = "".join(chr(ord("a") + number % 26) for number in range(200))
    shown, before = part_around(text, at, 60)

    assert cells(shown) <= 60
    assert shown[before] == text[at]


def test_a_caret_stands_below_its_place_also_where_the_line_before_it_is_wide():
    source = f"{'漢' * 100}!{'x' * 100}"
    _, line, caret = texts(FlowText("flow.yaml", source, 60).place(1, 101, ""))

    assert cells(line[: line.index("!")]) == caret.index("^")


def text_difference(actual: str, expected: str, at: int) -> AssertionOutcome:
    told = f".note: differs from character {at + 1}: is "
    line = f'{told}"{actual}", expected "{expected}"'
    carets = f"{' ' * (len(told) + 1 + at)}^{' ' * (len(actual) + len(', expected ') + 1)}^"
    return AssertionOutcome(expression="a == b", holds=False, difference=[line, carets])


def test_the_texts_of_a_difference_stand_below_each_other_where_they_are_too_wide_for_one_line():
    outcome = text_difference("is it wider than eighty columns", "is it wider than ninety columns", 17)

    assert difference_lines(outcome, "    ", 80) == [
        ".note: differs from character 18:",
        '  is        "is it wider than eighty columns"',
        '  expected  "is it wider than ninety columns"',
        "                              ^",
    ]


@pytest.mark.parametrize("width", [None, 200])
def test_a_difference_that_fits_stays_as_it_was_told(width):
    outcome = text_difference("is it wider than eighty columns", "is it wider than ninety columns", 17)

    assert difference_lines(outcome, "    ", width) == outcome.difference


LETTERS = st.text(st.sampled_from("ab :漢é🛒\x7f\x9b\u202e"), max_size=90)
KEYS = st.sampled_from(["", ".note", '["what it: is "]', '["differs from character 3: is it"]', ".漢\x7f"])


@given(KEYS, LETTERS, LETTERS, LETTERS, st.integers(60, 110))
def test_the_carets_below_texts_point_at_where_they_part_however_they_are_cut(key, same, found, wanted, width):
    told = list(text_differences(f"{same}X{found}", f"{same}Y{wanted}", key))
    outcome = AssertionOutcome(expression="a == b", holds=False, difference=told)
    *lines, carets = difference_lines(outcome, "", width)
    columns = [at for at, sign in enumerate(carets) if sign == "^"]
    values = [line for line in lines if line.startswith("  ")] or lines * 2

    pointed = [under(line, column) for line, column in zip(values, columns * (3 - len(columns)), strict=True)]
    assert pointed == ["X", "Y"]
    assert len(lines) == (1 if len(columns) == 2 else 3)
    assert max(map(cells, values)) <= width


def under(line: str, column: int) -> str:
    """Return the letter at a column, and those that take no column of their own before the next."""
    (letter,) = [letter for at, letter in enumerate(line) if cells(line[:at]) == column and cells(letter)]
    return letter


def test_only_one_of_two_texts_may_be_too_wide_and_the_caret_stands_below_both():
    outcome = text_difference(f"{'a' * 45}X", f"{'a' * 45}Y{'b' * 40}", 45)
    _, found, wanted, caret = difference_lines(outcome, "", 60)

    assert (found[caret.index("^")], wanted[caret.index("^")]) == ("X", "Y")


@pytest.mark.parametrize("width", [None, 200])
def test_carets_below_a_line_stand_where_its_letters_are_seen(width):
    told = list(text_differences("漢\x7fX", "漢\x7fY", ""))
    line, carets = difference_lines(AssertionOutcome(expression="a", holds=False, difference=told), "", width)

    assert [cells(line[: line.index(sign)]) for sign in "XY"] == [carets.index("^"), carets.rindex("^")]


@pytest.mark.parametrize("before", ["\t\t", "\x7f", "漢\u202e"])
@pytest.mark.parametrize("width", [None, 60])
def test_a_caret_stands_below_its_place_whatever_is_shown_before_it(before, width):
    _, line, caret = texts(FlowText("flow.yaml", f"{before}!", width).place(1, len(before) + 1, ""))

    assert cells(line[: line.index("!")]) == caret.index("^")
