"""Names and functions that make new values."""

import uuid
from collections import ChainMap
from datetime import UTC, datetime

import pytest

from testmesh_engine.expressions import (
    Generators,
    InvalidArgumentError,
    TypeMismatchError,
    compile_expression,
    compile_template,
)
from testmesh_engine.expressions.fakes import PROVIDERS

NOW = datetime(2024, 5, 1, 12, 30, 15, tzinfo=UTC)


def scope(seed=1):
    return ChainMap({"low": 1}, Generators(seed, lambda: NOW))


@pytest.mark.parametrize(
    ("name", "value"),
    [("TIMESTAMP", 1714566615), ("ISO_TIMESTAMP", "2024-05-01T12:30:15.000Z"), ("DATE", "2024-05-01"),
     ("TIME", "12:30:15"), ("DATETIME", "2024-05-01 12:30:15"), ("YEAR", 2024), ("MONTH", 5), ("DAY", 1),
     ("HOUR", 12), ("MINUTE", 30), ("SECOND", 15), ("now()", NOW)],
)  # fmt: skip
def test_times_come_from_the_clock(name, value):
    assert compile_expression(name).evaluate(scope()) == value


def test_each_read_makes_a_new_value_and_the_same_seed_the_same_ones():
    text = "[UUID, UUID, RANDOM_ID, random_int(low, 1000), random_string(8)]"
    first, again, other = (compile_expression(text).evaluate(scope(seed)) for seed in (1, 1, 2))

    assert first == again != other
    assert first[0] != first[1]
    assert uuid.UUID(first[0]).version == 4
    assert 1 <= first[3] <= 1000
    assert len(first[4]) == 8
    assert compile_template("id-${UUID}").render(scope()) == f"id-{first[0]}"


def test_between_a_number_and_itself_there_is_that_number():
    assert compile_expression("random_int(5, 5)").evaluate(scope()) == 5


def test_a_text_of_no_characters_is_a_random_text_too():
    assert compile_expression("random_string(0)").evaluate(scope()) == ""
    with pytest.raises(InvalidArgumentError, match="0 to 10000 characters, not -1"):
        compile_expression("random_string(-1)").evaluate(scope())


@pytest.mark.parametrize(
    ("text", "error"),
    [("random_int(2, 1)", InvalidArgumentError), ("random_int('a', 1)", TypeMismatchError),
     ("random_string(100000)", InvalidArgumentError), ("random_int", TypeMismatchError)],
)  # fmt: skip
def test_a_generator_refuses_what_it_cannot_make(text, error):
    with pytest.raises(error):
        compile_expression(text).evaluate(scope())


def test_made_up_values_are_the_same_for_one_seed_and_others_for_another():
    text = "[fake('email'), fake('name', 'de_DE'), fake('uuid4'), fake('first_name'), fake('email')]"
    first, again, other = (compile_expression(text).evaluate(scope(seed)) for seed in (1, 1, 2))

    assert first == again != other
    assert first[0] != first[4]
    assert uuid.UUID(first[2]).version == 4
    assert compile_expression("is_email(fake('email'))").evaluate(scope())


def test_a_locale_hears_neither_of_the_other_nor_of_numbers_drawn_before():
    alone = compile_expression("fake('name', 'de-DE')").evaluate(scope())
    after = compile_expression("[fake('name'), random_int(1, 9), fake('name', 'de_DE')]").evaluate(scope())

    assert after[2] == alone


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_every_provider_makes_a_plain_value(provider):
    made = compile_expression(f"fake('{provider}')").evaluate(scope())

    assert isinstance(made, str | int | bool)
    assert made != ""


@pytest.mark.parametrize(
    ("text", "said"),
    [("fake('emial')", "Did you mean `email`?"), ("fake('seed_instance')", "knows no `seed_instance`"),
     ("fake('name', 'de_DF')", "Did you mean `de_"), ("fake('name', '12')", "One is written as `de_DE`")],
)  # fmt: skip
def test_an_unknown_provider_or_locale_is_an_error_that_names_the_nearest(text, said):
    with pytest.raises(InvalidArgumentError) as caught:
        compile_expression(text).evaluate(scope())

    assert said in caught.value.message


@pytest.mark.parametrize("short", ["phone", "username", "zip", "uuid", "ip"])
def test_a_provider_has_its_short_name(short):
    assert compile_expression(f"fake('{short}')").evaluate(scope())
