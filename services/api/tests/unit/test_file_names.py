"""Names under which downloads are saved."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testmesh_api.file_names import attachment, saved_as


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("answer.json", "answer.json"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\evil.exe", "evil.exe"),
        ("..", "artifact"),
        ("", "artifact"),
        (".bashrc", "bashrc"),
        ('a"; filename="b.exe', "a_; filename=_b.exe"),
        ("a\r\nSet-Cookie: b", "a__Set-Cookie_ b"),
        ("50%.txt", "50_.txt"),
        ("x" * 300 + ".png", "x" * 146 + ".png"),
        ("größe 漢字.txt", "größe 漢字.txt"),
    ],
)
def test_a_name_becomes_that_of_one_file(name: str, saved: str) -> None:
    assert saved_as(name) == saved


def test_a_name_that_is_not_ascii_is_given_both_ways() -> None:
    assert attachment("größe.txt") == "attachment; filename=\"gr__e.txt\"; filename*=UTF-8''gr%C3%B6%C3%9Fe.txt"


@given(st.text(st.characters(), max_size=300))
def test_whatever_the_name_the_header_is_one_line_of_two_parameters(name: str) -> None:
    found = attachment(name)

    assert re.fullmatch(r"attachment; filename=\"[ -!#-\[\]-~]+\"; filename\*=UTF-8''[!#$&+\-.^_`|~%0-9A-Za-z]+", found)
