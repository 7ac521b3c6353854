"""The header `Prefer`."""

import pytest

from testmesh_api.preferences import preferred_wait_s


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("wait=30", 30),
        ("WAIT = 5", 5),
        ("respond-async, wait=10", 10),
        ('wait="7"; x=y', 7),
        ("wait=99999", 120),
        ("wait=0", 0),
        ("wait=-1", None),
        ("wait=1e3", None),
        ("wait=" + "9" * 5000, None),
        ("waiting=30", None),
        ("wait=٣", None),
    ],
)
def test_a_wait_is_read_bounded_and_otherwise_passed_over(header: str | None, seconds: float | None) -> None:
    assert preferred_wait_s(header, 120) == seconds
