"""Ranges of bytes, as RFC 9110 section 14 has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testmesh_api.byte_ranges import RangeUnsatisfiableError, Span, is_known, requested

TAG = '"abc"'


@pytest.mark.parametrize(
    "asked",
    [None, "", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-4", "bytes=0-1,4-5", "bytes=0-1,", "lines=0-1", "bytes 0-1",
     "bytes=+1-2", "bytes=1-2-3", "bytes=\u0663-\u0664", "bytes=1\u00a0-2", "bytes=0x1-2", "bytes=" + "9" * 30 + "-"],
)  # fmt: skip
def test_what_is_no_single_range_means_the_whole_file(asked: str | None) -> None:
    assert requested(asked, None, TAG, 1000) is None


@pytest.mark.parametrize(("asked", "size"), [("bytes=10-", 10), ("bytes=11-12", 10), ("bytes=-0", 10), ("bytes=-5", 0)])
def test_a_range_without_a_byte_of_the_file_cannot_be_satisfied(asked: str, size: int) -> None:
    with pytest.raises(RangeUnsatisfiableError):
        requested(asked, None, TAG, size)


@pytest.mark.parametrize("known", ['W/"abc"', '"abd"', "Thu, 01 Jan 2026 00:00:00 GMT", ""])
def test_parts_of_another_file_are_never_joined_to_this_one(known: str) -> None:
    assert requested("bytes=1-2", known, TAG, 10) is None
    assert requested("bytes=99-", known, TAG, 10) is None
    assert requested("bytes=1-2", TAG, TAG, 10) == Span(1, 3)


@given(st.text(st.sampled_from("bytes=-0123456789, "), max_size=20), st.integers(0, 50))
def test_whatever_is_asked_for_is_inside_of_the_file(asked: str, size: int) -> None:
    try:
        span = requested(asked, None, TAG, size)
    except RangeUnsatisfiableError:
        return
    assert span is None or 0 <= span.start < span.end <= size


@pytest.mark.parametrize(
    ("given", "known"),
    [(None, False), ("*", True), (TAG, True), ('W/"abc"', True), ('"x", "abc"', True), ('"abcd"', False),
     ("abc", False), ("", False)],
)  # fmt: skip
def test_a_file_that_the_client_has_is_known_by_its_tag(given: str | None, known: bool) -> None:
    assert is_known(given, TAG) is known
