import pytest

from testmesh_engine.language.rows import RowsError, read_rows


def test_the_values_of_a_csv_are_texts_and_quotes_hold_commas_and_lines():
    data = '\ufeffname, note\r\nAda,"a, b"\r\n\r\nBob,"two\nlines"\r\n'.encode()

    assert read_rows("people.csv", data) == [{"name": "Ada", "note": "a, b"}, {"name": "Bob", "note": "two\nlines"}]


def test_json_and_yaml_keep_their_types():
    rows = [{"n": 1, "ok": True, "list": [1.5, None]}]

    assert read_rows("a.json", b'[{"n": 1, "ok": true, "list": [1.5, null]}]') == rows
    assert read_rows("a.yaml", b"- {n: 1, ok: true, list: [1.5, null]}\n") == rows


@pytest.mark.parametrize(
    ("path", "data", "said"),
    [
        ("a.csv", b"", "no rows"),
        ("a.csv", b"name\n", "no rows"),
        ("a.json", b"[]", "no rows"),
        ("a.yaml", b"[]", "no rows"),
        ("a.csv", b"name,name\n1,2\n", "same name"),
        ("a.csv", b"name,age\n1\n", "a.csv:2: 1 values"),
        ("a.csv", b"first name\nx\n", '"first name" cannot name a variable'),
        ("a.csv", b'name\n"x', "a.csv:2"),
        ("a.csv", b"name\n\xff\n", "UTF-8"),
        ("a.json", b"{}", "list of maps"),
        ("a.json", b"[1]", "row 0"),
        ("a.json", b"[", "cannot be read"),
        ("a.json", b"[" * 100_000, "cannot be read"),
        ("a.yaml", b"- {a: 1, a: 2}\n", "TM112"),
        ("a.yaml", b"- [", "TM110"),
        ("a.csv", b"n\n" + b"1\n" * 10_001, "more than 10000"),
    ],
)
def test_rows_that_cannot_be_read_are_told_with_the_file(path, data, said):
    with pytest.raises(RowsError, match=path) as caught:
        read_rows(path, data)

    assert said in caught.value.message
