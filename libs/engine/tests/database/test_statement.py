import pytest
from hypothesis import given
from hypothesis import strategies as st

from testmesh_engine.database.statement import read_statement
from testmesh_engine.database.tokens import tokens_of
from testmesh_sdk import ActionError

KINDS = ("postgresql", "mysql", "sqlite")
INERT = {
    "postgresql": ("'? $1 :a ;'", "'it''s ?'", r"E'\' ? :a'", '"? :a ;"', "$$ ? ' :a ; $$", "$t$ $$ ? $t$",
                   "-- ? :a ;\n", "/* ? /* $1 */ :a ; */", "x::text", "1.5", "word", " ", ",", "a$1"),
    "mysql": ("'? $1 :a ;'", "'it''s ?'", r"'\' ? :a'", r'"\" ? :a"', "`? :a ;`", "-- ? :a ;\n", "# ? :a ;\n",
              "/* ? :a ; */", "@x:=1", "1.5", "word", " ", ","),
    "sqlite": ("'? $1 :a ;'", "'it''s ?'", r"'\'", '"? :a ;"', "`? :a ;`", "[? :a ;]", "-- ? :a ;\n", "/* ? :a ; */",
               "1.5", "word", " ", ","),
}  # fmt: skip
WRITTEN = {"postgresql": "${}", "mysql": "?", "sqlite": "?{}"}


@st.composite
def queries(draw):
    """A kind, pieces of which no parameter is, and places between them."""
    kind = draw(st.sampled_from(KINDS))
    return kind, draw(st.lists(st.one_of(st.sampled_from(INERT[kind]), st.none()), max_size=12))


def written(pieces, place):
    """Put a query together: blanks keep what stands side by side apart."""
    found, count = ["SELECT"], 0
    for piece in pieces:
        if piece is None:
            count += 1
        found.append(place(count) if piece is None else piece)
    return " ".join(found), count


@given(queries())
@pytest.mark.parametrize(("spelling", "is_map"), [("?", False), ("${}", False), (":p{}", True)])
def test_places_become_the_drivers_own_and_nothing_else_changes(spelling, is_map, query):
    kind, pieces = query
    text, count = written(pieces, spelling.format)
    values = {f"p{number}": number for number in range(1, count + 1)} if is_map else list(range(1, count + 1))

    statement = read_statement(text, values, kind)

    assert statement.text == written(pieces, WRITTEN[kind].format)[0]
    assert statement.values == tuple(range(1, count + 1))


@given(st.sampled_from(KINDS), st.text(alphabet="'\"`$a1?:;-/*#\\[] \n(eE", max_size=40))
def test_the_pieces_of_any_text_are_the_text(kind, text):
    assert "".join(token.text for token in tokens_of(text, kind)) == text


@given(st.sampled_from(KINDS), st.text(max_size=30), st.text(max_size=30))
def test_no_value_gets_into_the_text(kind, value, other):
    statement = read_statement("SELECT :a, :b, :a", {"a": value, "b": other}, kind)

    assert statement.text == read_statement("SELECT :a, :b, :a", {"a": "x", "b": "y"}, kind).text
    assert set(statement.values) == {value, other}


@given(queries(), st.integers(0, 200))
def test_a_place_in_the_sent_text_is_found_in_the_query(query, at):
    kind, pieces = query
    text, count = written(pieces, lambda number: f":a_long_name_{number}")
    statement = read_statement(text, {f"a_long_name_{number}": 0 for number in range(1, count + 1)}, kind)

    words = [token for token in tokens_of(statement.text, kind) if token.kind in ("word", "quoted")]
    found = words[at % len(words)]
    assert text[statement.place(found.start) :].startswith(found.text)


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_that_is_used_twice_is_given_once_or_at_each_place(kind):
    statement = read_statement("SELECT :a, :b, :a", {"a": 1, "b": 2}, kind)

    expected = {
        "postgresql": ("SELECT $1, $2, $1", (1, 2)),
        "mysql": ("SELECT ?, ?, ?", (1, 2, 1)),
        "sqlite": ("SELECT ?1, ?2, ?1", (1, 2)),
    }
    assert (statement.text, statement.values) == expected[kind]


@pytest.mark.parametrize(
    ("query", "params", "sent"),
    [
        ("SELECT a ? 'k' FROM t WHERE b = $1", [1], "SELECT a ? 'k' FROM t WHERE b = $1"),
        ("SELECT a ?? 'k' FROM t WHERE b = ?", [1], "SELECT a ? 'k' FROM t WHERE b = $1"),
        ("SELECT a ? 'k' FROM t WHERE b = :b", {"b": 1}, "SELECT a ? 'k' FROM t WHERE b = $1"),
        ("SELECT a ? 'k', '{}'::jsonb", None, "SELECT a ? 'k', '{}'::jsonb"),
    ],
)
def test_operators_of_postgresql_are_no_places(query, params, sent):
    assert read_statement(query, params, "postgresql").text == sent


@pytest.mark.parametrize(
    ("query", "verb"),
    [
        ("select 1", "select"), ("/* a */ UPDATE t SET a = 1", "update"), ("(SELECT 1)", "select"),
        ("WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a", "select"),
        ("WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", "insert"),
        ("CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; SELECT 2; END", "create"), ("SELECT 1;", "select"),
        ("SELECT ';';-- ;", "select"), ("VACUUM", "vacuum"),
    ],
)  # fmt: skip
def test_a_statement_is_known_by_its_verb(query, verb):
    assert read_statement(query, None, "sqlite").verb == verb


@pytest.mark.parametrize(
    "query", ["", ";", "-- a", "SELECT 1; DROP TABLE t", "begin", "COMMIT", "/**/ ROLLBACK", ";;x"]
)
@pytest.mark.parametrize("kind", KINDS)
def test_none_or_several_statements_are_refused(query, kind):
    with pytest.raises(ActionError) as found:
        read_statement(query, None, kind)

    assert found.value.code == "TM502"


@pytest.mark.parametrize(
    ("query", "params"),
    [("SELECT ?", []), ("SELECT ?", [1, 2]), ("SELECT $2", [1, 2]), ("SELECT $1, ?", [1]), ("SELECT :a", {"b": 1}),
     ("SELECT :a", {}), ("SELECT 1", [1]), ("SELECT 1", {"a": 1}), ("SELECT ?, :a", {"a": 1})],
)  # fmt: skip
def test_parameters_and_places_must_fit(query, params):
    with pytest.raises(ActionError) as found:
        read_statement(query, params, "sqlite")

    assert found.value.code == "TM501"
