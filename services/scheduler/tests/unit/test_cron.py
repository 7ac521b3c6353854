"""Slots of cron expressions, over changes of the clock too."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testmesh_scheduler.cron import next_slot
from testmesh_scheduler.errors import ScheduleInvalidError

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))
FIELDS = st.sampled_from(["* * * * *", "*/7 * * * *", "30 2 * * *", "0 0 29 2 *", "15 4 * * 1-5", "@daily"])
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Africa/Cairo", "America/New_York", "Australia/Lord_Howe"])


@given(MOMENTS, FIELDS, ZONES)
def test_the_next_slot_lies_later_and_on_a_whole_minute(moment, expression, zone):
    slot = next_slot(expression, zone, moment)

    assert slot > moment
    assert (slot.second, slot.microsecond) == (0, 0)


@given(MOMENTS, FIELDS, ZONES)
def test_no_slot_lies_between_a_moment_and_its_next_slot(moment, expression, zone):
    slot = next_slot(expression, zone, moment)
    middle = moment + (slot - moment) / 2

    assert next_slot(expression, zone, middle) == slot


@pytest.mark.parametrize(
    ("after", "slot"),
    [
        # 29 March 2026: Berlin's clock jumps from 02:00 to 03:00; 02:30 does not exist and fires after the jump
        ("2026-03-28T12:00:00+00:00", "2026-03-29T01:00:00+00:00"),
        # 25 October 2026: 02:30 comes twice and fires once, at the first
        ("2026-10-24T12:00:00+00:00", "2026-10-25T00:30:00+00:00"),
        ("2026-10-25T00:30:00+00:00", "2026-10-26T01:30:00+00:00"),
    ],
)
def test_a_slot_is_neither_lost_nor_doubled_by_summer_time(after, slot):
    found = next_slot("30 2 * * *", "Europe/Berlin", datetime.fromisoformat(after))

    assert found == datetime.fromisoformat(slot)


@pytest.mark.parametrize("expression", ["", "every day", "* * * *", "61 * * * *", "0 0 31 2 *", "\x00"])
def test_what_is_no_cron_expression_is_refused_with_its_place(expression):
    with pytest.raises(ScheduleInvalidError) as refused:
        next_slot(expression, "UTC", datetime(2026, 1, 1, tzinfo=UTC))

    assert refused.value.facts == {"pointer": "/cron_expression"}


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd", "a" * 5000])
def test_what_is_no_time_zone_is_refused_with_its_place(zone):
    with pytest.raises(ScheduleInvalidError) as refused:
        next_slot("* * * * *", zone, datetime(2026, 1, 1, tzinfo=UTC))

    assert refused.value.facts == {"pointer": "/timezone"}
