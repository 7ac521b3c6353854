"""What a failed assertion says, word by word."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from testmesh_engine.expressions import Operand, compile_expression

SCOPE = {
    "id": UUID("12345678-1234-5678-1234-567812345678"),
    "status": 200,
    "limit": 3,
    "total": Decimal("54.98"),
    "at": datetime(2024, 5, 1, tzinfo=UTC),
    "nan": float("nan"),
    "body": {
        "userId": 7,
        "name": " Bob",
        "error": None,
        "code": "5",
        "done": "true",
        "json": '{"a":1}',
        "items": [{"id": 1, "price": 2}, {"id": 2, "price": 4}, {"id": 3, "price": 1}],
        "tags": ["a", "b", "c"],
        "empty": [],
        "text": "one\ntwo\nthree\n",
        "long": "x" * 500 + "A" + "y" * 500,
    },
}


def told(text):
    outcome = compile_expression(text).check(SCOPE)
    assert (outcome.holds, outcome.error) == (False, None)
    return outcome.difference


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("total == 59.98", ["5 less than expected"]),
        ("59.98 == total", ["5 less than expected"]),
        ("limit == 2.5", ["0.5 more than expected"]),
        ("body.name == 'Bob'", [
            'differs from character 1: is " Bob", expected "Bob"',
            "                              ^                ^",
            "likely cause: they differ in whitespace at the ends alone: use trim(body.name)"]),
        ("trim(body.name) == 'bob'", [
            'differs from character 1: is "Bob", expected "bob"',
            "                              ^               ^",
            "likely cause: they differ in upper and lower case alone: use lower(trim(body.name))"]),
        ("body.code == 5", [
            'is the string "5", expected the number 5: the types differ',
            'likely cause: "5" is a string, 5 is a number: use int(body.code)']),
        ("status == '200'", [
            'is the number 200, expected the string "200": the types differ',
            'likely cause: "200" is a string, 200 is a number: compare with 200, or use string(status)']),
        ("body.done == true", [
            'is the string "true", expected the bool true: the types differ',
            'likely cause: "true" is a string, true is a bool: compare with "true"']),
        ("'1.5' == 1.5", [
            'is the string "1.5", expected the number 1.5: the types differ',
            'likely cause: "1.5" is a string, 1.5 is a number: use float("1.5")']),
        ("body.error == 'x'", [
            'is nil, expected the string "x": the types differ',
            "likely cause: body.error is nil: it is there, and has no value"]),
        ("body.tags[:1] == 'a'", [
            'is a list of 1, expected the string "a": the types differ',
            "likely cause: body.tags[:1] is a list of one: use body.tags[:1][0]"]),
        ("body.userId == [7]", [
            "is the number 7, expected a list of 1: the types differ",
            "likely cause: a list of one is expected: compare with its element"]),
        ("body.json == {a: 1}", [
            'is the string "{\\"a\\":1}", expected a map of 1: the types differ',
            "likely cause: body.json is JSON in a string: use from_json(body.json)"]),
        ("0.1 + 0.2 == 0.3", [
            "0.00000000000000004 more than expected",
            "likely cause: they differ by rounding alone: use approx(0.1 + 0.2, 0.3, 0.001)"]),
        ("nan == 1", ["likely cause: NaN is no number, and equals nothing, not even itself"]),
        ("nan == nan", ["likely cause: NaN is no number, and equals nothing, not even itself"]),
        ("'a\\r\\nb' == 'a\\nb'", [
            'line 1: differs from character 2: is "a\\r\\n", expected "a\\n"',
            "                                       ^                 ^",
            'likely cause: they differ in line ends alone ("\\r\\n" and "\\n")']),
    ],
)  # fmt: skip
def test_an_equation_says_how_both_sides_differ_and_why_where_that_is_certain(text, lines):
    assert told(text) == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("body.tags == ['c', 'a', 'b']", ['[2]: is "c", which is expected at [0]: moved']),
        ("body.tags == ['b', 'a', 'c']", [
            '[0]: is "a", which is expected at [1]: moved', '[1]: is "b", which is expected at [0]: moved']),
        ("[1, 1, 2] == [1, 2, 2]", ["[1]: is 1, expected 2 (1 less)"]),
        ("[1, 2, 3, 4] == [2, 3, 4, 5]", ["[0]: is 1, not expected", "[3]: is missing, expected 5"]),
        ("body.tags == ['b', 'c']", ['[0]: is "a", not expected']),
        ("body.tags == ['a', 'x', 'b', 'c']", ['[1]: is missing, expected "x"']),
        ("body.tags == ['a', 'b', 'x']", [
            '[2]: differs from character 1: is "c", expected "x"',
            "                                   ^             ^"]),
        ("[1, [2, 3]] == [1, [2, 4]]", ["[1][1]: is 3, expected 4 (1 less)"]),
        ("[{a: 1}, {a: 2}] == [{a: 2}, {a: 3}]", [
            '[1]: is {"a":2}, which is expected at [0]: moved', "[0].a: is 1, expected 3 (2 less)"]),
        ("[1, nil] == [1, true]", ["[1]: is nil, expected the bool true: the types differ"]),
        ("[true] == [false]", ["[0]: is true, expected false"]),
        ("{a: 1, B: 2} == {a: 1, b: 2}", [
            ".b: is missing, expected 2; there is `B`, in another case", ".B: is 2, not expected"]),
        ("body.text == 'one\\nTwo\\nthree\\nfour'", [
            'line 2: differs from character 1: is "two\\n", expected "Two\\n"',
            "                                      ^                 ^",
            'line 4: is missing, expected "four"']),
        ("body.text == 'one\\nthree\\n'", ['line 2: is "two\\n", not expected']),
    ],
)  # fmt: skip
def test_a_structure_is_compared_by_key_by_place_and_by_line(text, lines):
    assert told(text) == lines


def test_a_long_text_is_cut_around_the_difference_with_a_caret_under_it():
    expected = "x" * 500 + "B" + "y" * 500
    line, carets = compile_expression(f"body.long == '{expected}'").check(SCOPE).difference[:2]

    assert len(line) < 220
    assert line.startswith("differs from character 501: is ")
    assert "xA" + "y" * 39 + "…" in line
    assert [line[place] for place, character in enumerate(carets) if character == "^"] == ["A", "B"]


def test_a_text_that_ends_where_the_excerpt_ends_is_not_said_to_go_on():
    line = compile_expression("a == b").check({"a": "a" + "x" * 39, "b": "b" + "x" * 40}).difference[0]

    assert line == f'differs from character 1: is "a{"x" * 39}", expected "b{"x" * 39}…"'


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("limit >= 4", ["is 3, expected at least 4 (1 less)"]),
        ("limit < 3", ["is 3, expected below 3 (they are equal)"]),
        ("not (limit > 1)", ["is 3, expected not above 1 (2 more)"]),
        ("body.code <= '4'", ['is "5", expected at most "4"']),
        ("at > date('2024-05-02')", [
            'is "2024-05-01T00:00:00+00:00", expected above "2024-05-02T00:00:00+00:00" (1d earlier)']),
        ("body.name startsWith 'Bob'", [
            '" Bob" does not start with "Bob"', "likely cause: there is whitespace at the end: use trim(body.name)"]),
        ("trim(body.name) startsWith 'bo'", [
            '"Bob" does not start with "bo"',
            "likely cause: they differ in upper and lower case alone: use lower(trim(body.name))"]),
        ("body.name endsWith 'x'", ['" Bob" does not end with "x"']),
        ("body.name matches '^B'", ['" Bob" does not match "^B"']),
        ("not (body.name matches 'B')", ['" Bob" matches "B"']),
        ("status in [201, 204]", ["200 is none of the 2 elements [201,204]"]),
        ("status in 201..299", ["200 is not in 201..299"]),
        ("status in [201]", ["200 is none of the 1 elements [201]"]),
        ("status in [1.5, 2]", ["200 is none of the 2 elements [1.5,2]"]),
        ("status in [1, 2]", ["200 is none of the 2 elements [1,2]"]),
        ("[1, 2] contains status", ["200 is none of the 2 elements [1,2]"]),
        ("1..3 contains status", ["200 is not in 1..3"]),
        ("status not in [200]", ["200 is element 0 of 1"]),
        ("'A' in body.tags", ['"A" is none of the 3 elements ["a","b","c"]',
                              "likely cause: they differ in upper and lower case alone"]),
        ("body.tags contains 'd'", ['"d" is none of the 3 elements ["a","b","c"]']),
        ("body.name contains 'bob'", ['"bob" is not in " Bob"',
                                      "likely cause: it is there in another case: use lower(…) on both"]),
        ("not (body.name contains 'ob')", ['"ob" is in " Bob"']),
        ("not (body.long contains 'xAy')", ['"xAy" is in "…' + "x" * 31 + "A" + "y" * 45 + "…"]),
        ("body.name matches 'bob'", ['" Bob" does not match "bob"']),
        ("not (trim(body.name) startsWith 'Bo')", ['"Bob" starts with "Bo"']),
        ("'b' in {a: 1, B: 2}", ['the key "b" is none of the 2 keys ["a","B"]',
                                 "likely cause: the key is there in another case, as `B`"]),
        ("'a' not in {a: 1}", ['the key "a" is one of the 1 keys ["a"]']),
        ("limit == 4 or limit == 5", ["1 less than expected", "2 less than expected"]),
        ("(limit == 1 or limit == 3) and limit > 30", ["is 3, expected above 30 (27 less)"]),
        ("limit == 3 ? limit > 30 : true", ["is 3, expected above 30 (27 less)"]),
    ],
)  # fmt: skip
def test_a_comparison_says_what_it_was_and_what_was_expected(text, lines):
    assert told(text) == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("all(body.items, { .price > 3 })", [
            'all: element [0] of 3 does not hold: {"id":1,"price":2}', "    is 2, expected above 3 (1 less)"]),
        ("all(body.items, { .price > 1 })", [
            'all: element [2] of 3 does not hold: {"id":3,"price":1}', "    is 1, expected above 1 (they are equal)"]),
        ("none(body.items, { .price > limit })", [
            'none: element [1] of 3 holds: {"id":2,"price":4}', "    is 4, expected not above 3 (1 more)"]),
        ("not any(body.items, { .id == 2 })", ['any: element [1] of 3 holds: {"id":2,"price":4}']),
        ("any(body.tags, # == 'x')", [
            "any: none of the 3 elements holds",
            '  [0] is "a"', '      differs from character 1: is "a", expected "x"',
            "                                    ^             ^",
            '  [1] is "b"', '      differs from character 1: is "b", expected "x"',
            "                                    ^             ^",
            '  [2] is "c"', '      differs from character 1: is "c", expected "x"',
            "                                    ^             ^"]),
        ("any(1..5, # > 9 and true)", [
            "any: none of the 5 elements holds", "  [0] is 1", "      is 1, expected above 9 (8 less)",
            "  [1] is 2", "      is 2, expected above 9 (7 less)", "  [2] is 3",
            "      is 3, expected above 9 (6 less)", "  …"]),
        ("any(body.items[:2], { .price > limit and .id == 1 })", [
            "any: none of the 2 elements holds",
            '  [0] is {"id":1,"price":2}', "      .price = 2", "      is 2, expected above 3 (1 less)",
            '  [1] is {"id":2,"price":4}', "      .price = 4", "      .id = 2", "      1 more than expected"]),
        ("one(body.items, { .price > 1 })", ["one: the elements [0, 1] of 3 hold, and only one should"]),
        ("any(body.empty, # > 1)", ["any: the list is empty"]),
        ("not all(body.items, .id > 0)", ["all: that is so for the 3 elements, and should not be"]),
        ("all(body.items, all(body.tags, # != 'b'))", [
            'all: element [0] of 3 does not hold: {"id":1,"price":2}',
            '    all: element [1] of 3 does not hold: "b"']),
    ],
)  # fmt: skip
def test_a_predicate_says_which_element_decided_it(text, lines):
    assert told(text) == lines


def test_what_was_read_of_the_element_that_broke_a_predicate_is_an_operand():
    outcome = compile_expression("all(body.items, { .price > limit })").check(SCOPE)

    assert Operand(".price", 2) in outcome.operands
    assert Operand("limit", 3) in outcome.operands


def test_what_was_read_of_elements_none_of_which_holds_is_told_beside_them_and_is_no_operand():
    outcome = compile_expression("any(body.items, { .price > limit + 9 })").check(SCOPE)

    assert [operand.text for operand in outcome.operands] == [
        "body.items", "limit", "any(body.items, { .price > (limit + 9) })"]  # fmt: skip


def test_an_error_inside_a_predicate_says_at_which_element():
    outcome = compile_expression("all([{a: 1}, {b: 1}], { .a > 0 })").check({})

    assert outcome.error == "`#` has no key `a`; there are: b. (at element [1] of all())"


@pytest.mark.parametrize(("text", "name"), [("body.userid == 7", "userId"), ("body.USER_ID == 7", "userId")])
def test_a_key_in_another_case_is_named(text, name):
    assert (compile_expression(text).check(SCOPE).error or "").endswith(f"Did you mean `{name}`?")


def test_of_a_long_path_the_beginning_is_told():
    outcome = compile_expression(f"body['{'k' * 80}'].x == 1").check({"body": {"k" * 80: {}}})

    assert outcome.error == f'`body["{"k" * 54}…` has no key `x`; there are none.'
    whole = compile_expression(f"body['{'k' * 52}'].x == 1").check({"body": {"k" * 52: {}}})
    assert whole.error == f'`body["{"k" * 52}"]` has no key `x`; there are none.'


@pytest.mark.parametrize("count", [51, 3_000])
def test_a_list_of_much_repetition_or_great_length_is_compared_by_place_alone(count):
    actual, expected = [0] * count, [0] * count
    actual[7], expected[-1] = 1, 2
    outcome = compile_expression("a == b").check({"a": actual, "b": [*expected, 3]})

    assert outcome.difference == [
        "[7]: is 1, expected 0 (1 more)",
        f"[{count - 1}]: is 0, expected 2 (2 less)",
        f"[{count}]: is missing, expected 3",
    ]


def test_values_too_large_to_be_compared_further_are_said_to_be():
    left, right = [[place] for place in range(60_000)], [[place] for place in range(60_000)]
    right[1] = [-1]
    outcome = compile_expression("a == b").check({"a": left, "b": right})

    assert outcome.difference[-1] == "… (the values are too large to be compared further)"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("status == 200.0000000001", [
            "0.0000000001 less than expected",
            "likely cause: they differ by rounding alone: use approx(status, 200.0000000001, 0.001)"]),
        ("limit == 4", ["1 less than expected"]),
        ("limit == 10 ^ 100", []),
        ("total == 54.981", ["0.001 less than expected"]),
        ("{a: nil} == {a: 1}", [".a: is nil, expected the number 1: the types differ"]),
        ("body.json == [1]", ['is the string "{\\"a\\":1}", expected a list of 1: the types differ']),
        ("body.tags == 'a'", ['is a list of 3, expected the string "a": the types differ']),
        ("[1, 2] == {a: 1}", ["is a list of 2, expected a map of 1: the types differ"]),
        ("at == '2024-05-02'", [
            'is the time "2024-05-01T00:00:00+00:00", expected the string "2024-05-02": the types differ']),
        ("at == date('2024-05-02')", []),
        ("[at] == [date('2024-05-02')]", ['[0]: is "2024-05-01T00:00:00+00:00", expected "2024-05-02T00:00:00+00:00"']),
        ("nil == 5", ["is nil, expected the number 5: the types differ",
                      "likely cause: nil is nil: it is there, and has no value"]),
        ("id == '12345678-1234-5678-1234-567812345679'", []),
        ("true == 'false'", ['is the bool true, expected the string "false": the types differ']),
    ],
)  # fmt: skip
def test_a_cause_is_named_only_where_it_is_certain(text, lines):
    assert told(text) == lines


def test_the_operands_and_lines_of_an_outcome_are_bounded():
    many = " and ".join(f"a[{place}] >= 0" for place in range(60)) + " and a == b"
    outcome = compile_expression(many).check({"a": list(range(99)), "b": list(range(0, -99, -1))})

    assert len(outcome.operands) == 50
    assert len(outcome.difference) == 51
    assert outcome.difference[-1] == "… (more differences are not shown)"


def test_the_lines_on_comparisons_are_bounded():
    outcome = compile_expression(" or ".join(f"a > {number}" for number in range(60))).check({"a": -1})

    assert len(outcome.difference) == 50


def test_an_operand_is_told_in_the_letters_that_its_author_wrote():
    assert compile_expression("len('ü') == 1").check({}).operands == [Operand('len("ü")', 1)]


@pytest.mark.parametrize(("count", "end"), [(12, "k10, k11."), (13, "k10, k11, ….")])
def test_twelve_names_are_told_and_that_there_are_more_only_where_there_are(count, end):
    scope = {"a": {f"k{number}": number for number in range(count)}}

    assert (compile_expression("a.zzz == 1").check(scope).error or "").endswith(end)


def test_many_lines_are_compared_line_by_line():
    actual, expected = "same\n" * 9 + "a\n" * 500, "same\n" * 9 + "b\n" * 499 + "a\nc"
    outcome = compile_expression("a == b").check({"a": actual, "b": expected})

    assert outcome.difference[0] == 'line 10: differs from character 1: is "a\\n", expected "b\\n"'
    assert outcome.difference[-1] == "… (more differences are not shown)"


def test_what_was_put_in_is_found_among_elements_and_lines_that_repeat():
    numbers = [place // 5 for place in range(250)]
    lines = "".join(f"{number}\n" for number in numbers)
    scope = {"a": numbers, "b": [99, *numbers], "c": lines, "d": "99\n" + lines}

    assert compile_expression("a == b").check(scope).difference == ["[0]: is missing, expected 99"]
    assert compile_expression("c == d").check(scope).difference == ['line 1: is missing, expected "99\\n"']


def test_what_is_read_inside_a_predicate_is_no_operand_of_an_assertion_that_holds():
    outcome = compile_expression("all(body.items, { .price < 9 + limit }) and len(body.tags) == 3").check(SCOPE)

    assert [operand.text for operand in outcome.operands] == [
        "body.items", "all(body.items, { .price < (9 + limit) })", "body.tags", "len(body.tags)"]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("status == 201", ["404 Not Found"]),
        ("201 == status", ["404 Not Found"]),
        ("order.status == 200", ["404 Not Found"]),
        ("order.status_code == 200", ["503 Service Unavailable"]),
        ("status < 400", ["is 404 Not Found, expected below 400"]),
        ("order == {status: 200, status_code: 503}", [".status: is 404, expected 200 (Not Found)"]),
        ("unknown.status == 200", []),
        ("status == 5", ["399 more than expected"]),
        ("few.status == 200", ["197 less than expected"]),
        ("few.count == 404", ["401 less than expected"]),
        ("order.total == 200", ["204 more than expected"]),
        ("len(order) == 404", ["402 less than expected"]),
    ],
)
def test_of_a_status_its_phrase_is_told_and_no_sum(text, lines):
    scope = {
        "status": 404,
        "order": {"status": 404, "status_code": 503},
        "unknown": {"status": 299},
        "few": {"status": 3, "count": 3},
    }
    scope["order"] = scope["order"] | ({"total": 404} if "total" in text else {})

    assert compile_expression(text).check(scope).difference == lines


ONLY_CASE = "likely cause: they differ in upper and lower case alone: "


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("state == 'ok'", "use lower(state)"),
        ("state == 'oK'", 'use lower(state) and expect "ok"'),
        ("lower(state) == 'OK'", 'expect "ok", as lower() gives it'),
        ("lower(trim(state)) == 'OK'", 'expect "ok", as lower() gives it'),
        ("trim(lower(state)) == 'OK'", 'expect "ok", as lower() gives it'),
        ("upper(state) == 'Ok'", 'expect "OK", as upper() gives it'),
        ("lower(state) startsWith 'O'", 'expect "o", as lower() gives it'),
    ],
)
def test_a_hint_on_upper_and_lower_case_makes_the_assertion_hold(text, hint):
    assert compile_expression(text).check({"state": "Ok"}).difference[-1] == ONLY_CASE + hint


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("name == 'Bob '", 'use trim(name) and expect "Bob"'),
        ("trim(name) == 'Bob '", 'expect "Bob", as trim() gives it'),
    ],
)
def test_a_hint_on_whitespace_makes_the_assertion_hold(text, hint):
    told_last = compile_expression(text).check({"name": " Bob"}).difference[-1]

    assert told_last == f"likely cause: they differ in whitespace at the ends alone: {hint}"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("body.items contains 'lamp'",
         ('`contains` cannot compare the string "lamp" with a list whose elements are like a map of 3; '
         'to look into its elements write any(body.items, { .id == "lamp" })')),
        ("'lamp' in body.items",
         ('`in` cannot compare the string "lamp" with a list whose elements are like a map of 3; '
         'to look into its elements write any(body.items, { .id == "lamp" })')),
        ("body.items not contains 'desk'",
         ('`contains` cannot compare the string "desk" with a list whose elements are like a map of 3; '
         'to look into its elements write any(body.items, { .id == "desk" })')),
        ("body.items contains 2",
         ("`contains` cannot compare the number 2 with a list whose elements are like a map of 3; "
         "to look into its elements write any(body.items, { .price == 2 })")),
        ("body.items contains true",
         "`contains` cannot compare the bool true with a list whose elements are like a map of 3"),
        ("[1, 2] contains 'x'",
         '`contains` cannot compare the string "x" with a list whose elements are like the number 1'),
    ],
)  # fmt: skip
def test_a_membership_that_can_never_be_names_the_operator_as_written_and_a_form_that_works(text, error):
    items = [{"id": "chair", "price": 1, "a-b": "x"}, {"id": "lamp", "price": 4, "a-b": "x"}]

    assert compile_expression(text).check({"body": {"items": items}}).error == error


def test_the_form_that_is_offered_for_a_membership_holds():
    items = [{"id": "chair"}, {"id": "lamp"}]
    offered = (compile_expression("items contains 'lamp'").check({"items": items}).error or "").partition("write ")[2]

    assert compile_expression(offered).check({"items": items}).holds


@pytest.mark.parametrize("key", ["length", "size", "count", "len"])
def test_a_length_that_is_read_as_a_key_is_told_how_it_is_written(key):
    outcome = compile_expression(f"body.tags.{key} == 7").check(SCOPE)

    assert outcome.error == f"`body.tags` is a list of 3, which has no key `{key}`; use len(body.tags)"
    assert compile_expression(f"body.name.{key} == 7").check(SCOPE).error == (
        f'`body.name` is the string " Bob", which has no key `{key}`; use len(body.name)'
    )


def test_what_is_neither_true_nor_false_is_told_once():
    outcome = compile_expression("limit and true").check(SCOPE)

    assert outcome.error == "`and` takes true or false, not the number 3"
