import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testmesh_cli.remote import sse
from testmesh_cli.remote.sse import EventTooLongError, SseEvent, SseReader


def read(*pieces):
    reader = SseReader()
    return [event for piece in pieces for event in reader.feed(piece)]


def cut(data, places):
    ends = sorted({place % (len(data) + 1) for place in places} | {0, len(data)})
    return [data[begin:end] for begin, end in pairwise(ends)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("data: a\n\n", [("message", "a", "")]),
        ("event: x\nid: 7\ndata: a\n\n", [("x", "a", "7")]),
        ("data\n\n", [("message", "", "")]),
        ("data: a\ndata\ndata: b\n\n", [("message", "a\n\nb", "")]),
        ("data:a\n\ndata:  a\n\n", [("message", "a", ""), ("message", " a", "")]),
        (": a comment\ndata: a\n\n:\n\n", [("message", "a", "")]),
        ("data: a\r\n\r\ndata: b\r\rdata: c\n\n", [("message", "a", ""), ("message", "b", ""), ("message", "c", "")]),
        ("\ufeffdata: a\n\n\ufeffdata: b\n\n", [("message", "a", "")]),
        (
            "id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n",
            [("message", "a", "1"), ("message", "b", "1"), ("message", "c", "")],
        ),
        ("id: 1\n\ndata: a\n\n", [("message", "a", "1")]),
        ("id: 1\nid: 2\0\ndata: a\n\n", [("message", "a", "1")]),
        ("event: x\n\ndata: a\n\n", [("message", "a", "")]),
        ("retry: 5\nunknown: 1\nDATA: 2\n data: 3\ndata: a\n\n", [("message", "a", "")]),
        ("data: not ended\n", []),
        ("data: a:b: c\n\n", [("message", "a:b: c", "")]),
        ("data: one\u2028line\x85\x0b\n\n", [("message", "one\u2028line\x85\x0b", "")]),
    ],
)  # fmt: skip
def test_a_text_is_read_as_the_standard_says(text, expected):
    assert read(text.encode()) == [SseEvent(*event) for event in expected]


LINE = st.text(st.characters(blacklist_characters="\r\n\0", blacklist_categories=("Cs",)), max_size=12)


@given(
    events=st.lists(st.tuples(LINE.filter(bool), st.lists(LINE, min_size=1, max_size=3), LINE), max_size=4),
    ends=st.lists(st.sampled_from(["\n", "\r\n", "\r"]), min_size=1, max_size=8),
    places=st.lists(st.integers(min_value=0, max_value=10_000), max_size=30),
    mark=st.booleans(),
    comment=LINE,
)
def test_events_come_out_as_they_went_in_wherever_the_pieces_end(events, ends, places, mark, comment):
    lines = []
    for name, data, id_ in events:
        lines += [f":{comment}", f"event: {name}", f"id: {id_}", *(f"data: {line}" for line in data), ""]
    text = ("\ufeff" if mark else "") + "".join(line + ends[n % len(ends)] for n, line in enumerate(lines))
    # A CR that ends a line, before an LF that ends the empty one, is one end of a line and not two.
    expected = text if "\r" not in text else re.sub("\r\n?", "\n", text)

    told = read(*cut(text.encode(), places))

    assert told == read(expected.encode())
    if len(set(ends)) == 1:
        assert told == [SseEvent(name, "\n".join(data), id_) for name, data, id_ in events]


@given(data=st.binary(max_size=200), places=st.lists(st.integers(min_value=0, max_value=200), max_size=10))
def test_no_bytes_break_the_reader_and_no_cut_changes_what_it_reads(data, places):
    assert read(*cut(data, places)) == read(data)


def test_an_event_without_an_end_is_given_up(monkeypatch):
    monkeypatch.setattr(sse, "LONGEST_EVENT", 100)

    with pytest.raises(EventTooLongError):
        read(*[b"data: " + b"x" * 20] * 10)
    with pytest.raises(EventTooLongError):
        read(*[b"data: xxxxxxxxxxxxxxxxxxxx\n"] * 10)
    assert len(read(*[b"data: xxxxxxxxxxxxxxxxxxxx\n\n"] * 10)) == 10
