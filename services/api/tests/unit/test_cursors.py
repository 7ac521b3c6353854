"""Cursors are opaque, signed, and of one list."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testmesh_api.cursors import Cursors
from testmesh_api.errors import CursorInvalidError


async def key() -> bytes:
    return b"a key of a test"


async def other_key() -> bytes:
    return b"another key"


async def test_a_cursor_gives_its_place_back() -> None:
    cursor = await Cursors(key).give("flows", "2:57")

    assert await Cursors(key).read("flows", cursor) == "2:57"
    assert "57" not in cursor


async def test_a_cursor_is_of_one_list_and_one_key() -> None:
    cursor = await Cursors(key).give("flows", "x")

    with pytest.raises(CursorInvalidError):
        await Cursors(key).read("environments", cursor)
    with pytest.raises(CursorInvalidError):
        await Cursors(other_key).read("flows", cursor)


@given(st.text())
def test_whatever_was_not_given_is_refused(text: str) -> None:
    with pytest.raises(CursorInvalidError):
        asyncio.run(Cursors(key).read("flows", text))
