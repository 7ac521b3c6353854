import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.percentiles import Spread, percentile

VALUES = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1)


def test_of_a_hundred_values_the_p99_is_the_second_greatest():
    assert percentile(list(range(1, 101)), 99) == 99
    assert percentile(list(range(1, 101)), 50) == 50


def test_of_one_value_each_percentile_is_that_value():
    assert [percentile([7.0], percent) for percent in (0, 50, 99, 100)] == [7.0] * 4


def test_nothing_measured_has_no_percentile():
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 99)


@given(VALUES, st.floats(min_value=0, max_value=100))
def test_a_percentile_is_a_value_that_occurred_and_enough_do_not_exceed_it(values: list[float], percent: float):
    found = percentile(sorted(values), percent)

    assert found in values
    assert sum(value <= found for value in values) >= len(values) * percent / 100


def test_a_spread_does_not_depend_on_the_order_of_its_values():
    assert Spread.of([3, 1, 2]) == Spread.of([1, 2, 3]) == Spread(3, 2, 3, 3, 3)
