import pytest

pytestmark = pytest.mark.integration
ALL = pytest.mark.parametrize("database", ["postgresql", "mariadb", "sqlite"], indirect=True)


@ALL
async def test_rows_and_their_columns_come_back_by_name(passes, database):
    await passes(
        database,
        "DROP TABLE IF EXISTS order_lines",
        "CREATE TABLE order_lines (id INTEGER, product VARCHAR(20), price NUMERIC(8, 2))",
        (
            "INSERT INTO order_lines VALUES (1, 'lamp', 59.98), (2, 'mug', 12.50)",
            {},
            "rows_affected == 2",
            "row_count == 0",
        ),
        (
            "SELECT product, price FROM order_lines ORDER BY id;",
            {},
            "row_count == 2",
            'first_row == {"product": "lamp", "price": 59.98}',
            'rows[1].product == "mug"',
            'map(columns, {.name}) == ["product", "price"]',
            "rows_affected == nil",
        ),
        ("DELETE FROM order_lines WHERE id > 5", {}, "rows_affected == 0", "first_row == nil"),
    )


@ALL
@pytest.mark.parametrize(
    ("places", "params"),
    [
        ("?, ?, ?", [1, "a'b\\", None]),
        ("$1, $2, $3", [1, "a'b\\", None]),
        (":x, :y, :z", {"x": 1, "y": "a'b\\", "z": None}),
    ],
)
async def test_every_spelling_of_a_parameter_reaches_every_database(passes, database, places, params):
    await passes(
        database,
        "DROP TABLE IF EXISTS given",
        "CREATE TABLE given (n INTEGER, t VARCHAR(99), e INTEGER)",
        (f"INSERT INTO given VALUES ({places})", {"params": params}),
        ("SELECT * FROM given", {}, "first_row.n == 1", 'first_row.t == "a\'b\\\\"', "first_row.e == nil"),
    )


@ALL
async def test_a_text_that_is_sql_stays_a_text(passes, database):
    await passes(
        database,
        "DROP TABLE IF EXISTS kept",
        "CREATE TABLE kept (t VARCHAR(99))",
        ("INSERT INTO kept VALUES (:t)", {"params": {"t": "'); DROP TABLE kept; -- \\'"}}),
        ("SELECT * FROM kept WHERE t = :t", {"params": {"t": "'); DROP TABLE kept; -- \\'"}}, "row_count == 1"),
    )


@ALL
async def test_a_rolled_back_step_leaves_nothing_behind(passes, database):
    await passes(
        database,
        "DROP TABLE IF EXISTS marks",
        "CREATE TABLE marks (id INTEGER)",
        ("INSERT INTO marks VALUES (1)", {"transaction": "rollback"}, "rows_affected == 1"),
        ("INSERT INTO marks VALUES (2)", {"transaction": True}),
        ("INSERT INTO marks VALUES (3)", {"transaction": False}),
        ("SELECT id FROM marks ORDER BY id", {}, "map(rows, {.id}) == [2, 3]"),
    )


@ALL
async def test_more_rows_than_are_read_are_an_error_and_undo_the_step(ask, database):
    made = ("DROP TABLE IF EXISTS many", "CREATE TABLE many (id INTEGER)", "INSERT INTO many VALUES (1), (2), (3)")
    played = await ask(database, *made, ("SELECT id FROM many", {"max_rows": 2}))

    assert (played["s3"].status, played["s3"].error_code) == ("error", "TM512")
    assert "more than 2 rows" in played["s3"].error_message
    assert (await ask(database, *made, ("SELECT id FROM many", {"max_rows": 3}))).outcome.status == "passed"


@ALL
@pytest.mark.parametrize(
    ("query", "code"),
    [("SELECT id FORM nothing WHERE", "TM508"), ("SELECT x FROM missing_table", "TM509"),
     ("SELECT missing_column FROM (SELECT 1 AS a) AS t", "TM509"), ("SELECT 1; SELECT 2", "TM502"),
     ("BEGIN", "TM502"), ("-- nothing", "TM502"), ("SELECT 1 AS a, 2 AS a", "TM519")],
)  # fmt: skip
async def test_a_statement_that_cannot_be_carried_out_says_why(fault_of, database, query, code):
    found, message = await fault_of(database, query)

    assert found == code, message


@ALL
async def test_a_caret_stands_below_what_cannot_be_read(fault_of, database):
    params = {"params": ["a long value"]}
    _, message = await fault_of(database, ("SELECT ? AS a,\n  1 AS b\n  FRMO WHERE", params))

    lines = message.splitlines()[-2:]
    assert lines[0] == "      FRMO WHERE"
    assert lines[1].strip() == "^"
    assert lines[1].index("^") in (6, 11)


@ALL
async def test_parameters_that_do_not_fit_are_told_and_not_shown(fault_of, database):
    for params in ([1, "hidden-value"], [], {"a": 1}):
        code, message = await fault_of(database, ("SELECT ?", {"params": params}))

        assert code == "TM501"
        assert "hidden-value" not in message


@ALL
async def test_a_broken_rule_has_its_own_words(fault_of, database):
    code, message = await fault_of(
        database, "DROP TABLE IF EXISTS ruled", "CREATE TABLE ruled (id INTEGER PRIMARY KEY)",
        "INSERT INTO ruled VALUES (1)", "INSERT INTO ruled VALUES (1)",
    )  # fmt: skip

    assert code == "TM516", message


async def test_a_connection_that_is_no_dsn_is_told_without_its_password(fault_of):
    for dsn in (
        "oracle://u:hidden@h/x",
        "postgresql://u:hid/den@h/x",
        "postgresql://h/x",
        "postgresql://u:hidden@h?a=b",
        "postgresql://u:12/hid@h/x",
        "host=h user=u password=hidden dbname=x",
        "u:hidden@h/x",
        "sqlite://u:hidden@h/x",
    ):
        code, message = await fault_of(dsn, "SELECT 1")

        assert code == "TM500"
        assert "hid" not in message.replace("hidden_", "")


async def test_a_name_that_no_variable_has_is_told(play):
    played = await play(
        "name: a\nsteps:\n  - {id: a, action: database_query, config: {connection: shop_db, query: SELECT 1}}"
    )

    assert played["a"].error_code == "TM500"
    assert "shop_db" in played["a"].error_message


async def test_what_mariadb_commits_at_once_is_not_promised_to_be_undone(fault_of, mariadb):
    code, message = await fault_of(mariadb, ("CREATE TABLE undone (id INT)", {"transaction": "rollback"}))

    assert code == "TM502", message
    assert (await fault_of(mariadb, "SELECT * FROM undone"))[0] == "TM509"


async def test_what_waits_for_data_from_here_is_refused_and_does_not_hang(fault_of, database_url, mariadb):
    for dsn, query in (
        (database_url, "COPY (SELECT 1) TO STDOUT"),
        (database_url, "COPY pg_class FROM STDIN"),
        (mariadb, "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE nothing"),
    ):
        code, message = await fault_of(dsn, (query, {"timeout": "3s"}))
        assert code.startswith("TM5"), message


@ALL
async def test_a_statement_whose_rows_are_no_maps_is_undone(ask, passes, database):
    twice = "INSERT INTO twins VALUES (1) RETURNING a AS x, a AS x"
    played = await ask(database, "DROP TABLE IF EXISTS twins", "CREATE TABLE twins (a INTEGER)", twice)

    assert played["s2"].error_code == "TM519"
    assert "undone" in played["s2"].error_message
    if not database.startswith("sqlite"):  # that one is gone with its flow
        await passes(database, ("SELECT * FROM twins", {}, "row_count == 0"))


@ALL
@pytest.mark.parametrize("transaction", [True, False])
async def test_few_rows_that_are_too_large_are_refused(ask, database, transaction):
    repeated = {
        "postgresql": "repeat('x', 1000000)",
        "mariadb": "repeat('x', 1000000)",
        "sqlite": "hex(zeroblob(500000))",
    }
    row = next(text for kind, text in repeated.items() if database.startswith(kind))
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)"
    played = await ask(database, (f"{numbers} SELECT {row} AS t FROM n", {"transaction": transaction}))

    assert played["s0"].error_code == "TM512"
    assert "16777216 bytes" in played["s0"].error_message
    assert (await ask(database, f"{numbers} SELECT {row} AS t FROM n LIMIT 10")).outcome.status == "passed"


async def test_a_loop_in_a_function_of_mariadb_sees_all_rows_whatever_max_rows_is(passes, mariadb):
    await passes(
        mariadb,
        "DROP FUNCTION IF EXISTS counted",
        "CREATE FUNCTION counted() RETURNS INT BEGIN DECLARE n INT DEFAULT 0; "
        "FOR each_one IN (SELECT seq FROM seq_1_to_50) DO SET n = n + 1; END FOR; RETURN n; END",
        ("SELECT counted() AS n", {"max_rows": 2}, "first_row.n == 50"),
    )


async def test_what_mariadb_could_not_undo_is_told(passes, fault_of, mariadb):
    made = (
        "DROP TABLE IF EXISTS lasting", "CREATE TABLE lasting (id INT) ENGINE=MyISAM",
        "DROP PROCEDURE IF EXISTS commits", "CREATE PROCEDURE commits() BEGIN COMMIT; END",
    )  # fmt: skip
    await passes(mariadb, *made)

    for query, config in (
        ("INSERT INTO lasting VALUES (1)", {"transaction": "rollback"}),
        ("INSERT INTO lasting VALUES (1), (2) RETURNING id", {"max_rows": 1}),
        ("CALL commits()", {"transaction": "rollback"}),
    ):
        code, message = await fault_of(mariadb, (query, config))
        assert code == "TM520", message


async def test_a_connection_that_there_cannot_be_is_no_failure_that_may_be_allowed(play):
    played = await play(
        "name: a\nsteps:\n"
        "  - {id: a, action: database_query, allow_failure: true, config: {connection: shop_bd, query: SELECT 1}}"
    )

    assert played.outcome.status == "error"
    assert played.outcome.error_code == "TM500"
