import pytest

from testmesh_sdk import DurationInvalidError, format_duration, parse_duration


@pytest.mark.parametrize(("text", "seconds"), [("500ms", 0.5), ("10s", 10), ("1m30s", 90), ("2h", 7200), ("1.5s", 1.5)])
def test_a_duration_is_read_as_seconds(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "value", [5, "5", "", "s", "1s1m", "-1s", " 1s", "1 s", None, True, "9" * 80 + "s", "99999h", "1s\n"]
)
def test_what_is_no_duration_is_refused_with_an_example(value):
    with pytest.raises(DurationInvalidError, match="10s"):
        parse_duration(value)


@pytest.mark.parametrize(("seconds", "text"), [(90, "1m30s"), (0.25, "250ms"), (0, "0s"), (3600, "1h")])
def test_seconds_are_written_as_a_flow_would(seconds, text):
    assert format_duration(seconds) == text
