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


@pytest.mark.parametrize(
    ("text", "error"),
    [("random_int(2, 1)", InvalidArgumentError), ("random_int('a', 1)", TypeMismatchError),
     ("random_string(100000)", InvalidArgumentError), ("random_int", TypeMismatchError)],
)  # fmt: skip
def test_a_generator_refuses_what_it_cannot_make(text, error):
    with pytest.raises(error):
        compile_expression(text).evaluate(scope())
