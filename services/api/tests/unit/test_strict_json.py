"""JSON that would change on its way is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testmesh_api.errors import ApiError, BodyUnreadableError, RequestInvalidError
from testmesh_api.strict_json import read_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=15,
)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"NaN",
        b'{"a": Infinity}',
        b"[-1e999]",
        b"1" * 301,
        b"1" * 5000,
        b'{"a": 1, "a": 2}',
        b'[{"a": {"b": 1, "b": 1}}]',
        b"\xff",
        b"\xef\xbb\xbf{}",
        b'"\x00"',
        b"[" * 100_000,
    ],
)
def test_what_is_no_strict_json_is_unreadable(body: bytes) -> None:
    with pytest.raises(BodyUnreadableError):
        read_json(body)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'{"a": ["x\\u0000"]}', "/a/0"),
        (b'{"a/b": {"~": "\\ud800"}}', "/a~1b/~0"),
        (b'{"a": {"\\u0000": 1}}', "/a"),
        (b'"\\udc00"', ""),
        (b"[" * 65 + b"]" * 65, "/0" * 64),
    ],
)
def test_what_cannot_be_kept_is_pointed_at(body: bytes, pointer: str) -> None:
    with pytest.raises(RequestInvalidError) as refused:
        read_json(body)

    assert refused.value.faults[0].pointer == pointer


def test_a_syntax_error_names_its_line_and_column() -> None:
    with pytest.raises(BodyUnreadableError) as refused:
        read_json(b'{\n  "a": tru\n}')

    assert (refused.value.faults[0].line, refused.value.faults[0].column) == (2, 8)


def test_a_repeated_key_among_very_many_is_found_in_one_pass() -> None:
    keys = "".join(f'"k{number}": 0, ' for number in range(500_000))
    with pytest.raises(BodyUnreadableError, match="'k499999' is given twice"):
        read_json(f'{{{keys} "k499999": 0}}'.encode())


@given(VALUES)
def test_what_is_read_is_what_was_written_and_fits_into_utf8(value: object) -> None:
    try:
        found = read_json(json.dumps(value).encode())
    except ApiError:
        return

    assert json.dumps(found) == json.dumps(value)
    assert b"\\u0000" not in json.dumps(found, ensure_ascii=False).encode()
