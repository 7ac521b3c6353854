import pytest
from hypothesis import given
from hypothesis import strategies as st

from testmesh_contracts.live import SOURCES, WHOLE, CursorUnreadableError, LiveCursor, Place
from testmesh_contracts.topics import TOPICS

places = st.builds(
    Place, st.integers(0, 10**15), st.integers(0, 10**6), st.one_of(st.just(WHOLE), st.integers(0, 10**6))
)
names = st.sampled_from([source.name for source in SOURCES])
cursors = st.builds(LiveCursor, st.dictionaries(names, places, min_size=1))


@given(cursors)
def test_a_printed_cursor_is_read_as_the_same(cursor: LiveCursor) -> None:
    assert LiveCursor.parse(str(cursor)) == cursor


@given(st.text())
def test_whatever_is_no_cursor_is_refused_as_such(text: str) -> None:
    try:
        LiveCursor.parse(text)
    except CursorUnreadableError:
        return
    assert set(text) <= set("abcdefghijklmnopqrstuvwxyz0123456789:-,")


NEARLY = ("", "0", "0:1", "0:1-", "0:1-0-", "0:1-0,0:2-0", "0:1-0,", "é:1-0", "0:1-0 ", "0:-1-0")


@pytest.mark.parametrize("text", NEARLY)
def test_a_text_that_is_nearly_a_cursor_is_refused(text: str) -> None:
    with pytest.raises(CursorUnreadableError):
        LiveCursor.parse(text)


def test_a_whole_entry_comes_after_each_event_in_it() -> None:
    assert Place.of_entry("5-1") > Place(5, 1, 10**6)
    assert Place(5, 1, 3) < Place(5, 2, 0) < Place(6, 0, 0)


def test_each_source_is_a_stream_that_the_gateway_hears() -> None:
    heard = {topic.name for topic in TOPICS if topic.heard("api", "broadcast")}

    assert {source.topic.name for source in SOURCES} == heard
