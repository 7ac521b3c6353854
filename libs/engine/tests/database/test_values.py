"""What comes back from each database, as expressions understand it."""

import pytest

pytestmark = pytest.mark.integration


async def test_postgresqls_types_are_kept(passes, database_url):
    await passes(
        database_url,
        (
            """SELECT 59.98::numeric AS price, 12345678901234567890.5::numeric AS big, true AS yes, null AS nothing,
                '2024-05-06 07:08:09+02'::timestamptz AS at, '2024-05-06 07:08:09'::timestamp AS local,
                '2024-05-06'::date AS day, '11111111-2222-3333-4444-555555555555'::uuid AS id,
                '{"a": [1, 2.5]}'::jsonb AS doc, '[1]'::json AS plain, ARRAY[1, 2, 3] AS numbers,
                ARRAY[['a', 'b']] AS nested, '\\x00ff'::bytea AS raw, interval '90 minutes' AS long,
                interval '1 month 2 days 3.5 seconds' AS months, '10.0.0.1'::inet AS host, 1.5::float8 AS real,
                'infinity'::timestamptz AS never, int4range(1, 5) AS span, row(1, 'a') AS pair""",
            {},
            "first_row.price == 59.98", 'string(first_row.big) == "12345678901234567890.5"', "first_row.yes == true",
            "first_row.nothing == nil", 'first_row.at == "2024-05-06T05:08:09+00:00"',
            'first_row.local == "2024-05-06T07:08:09"', 'first_row.day == "2024-05-06"',
            'first_row.id == "11111111-2222-3333-4444-555555555555"', 'first_row.doc == {"a": [1, 2.5]}',
            "first_row.plain == [1]", "first_row.numbers == [1, 2, 3]", 'first_row.nested == [["a", "b"]]',
            'first_row.raw == "AP8="', 'first_row.long == "1h30m"', 'first_row.months == "P1M2DT3.5S"',
            'first_row.host == "10.0.0.1"', "first_row.real == 1.5", 'first_row.never == "infinity"',
            "first_row.span.lower == 1", 'columns[0] == {"name": "price", "type": "numeric"}',
        ),
    )  # fmt: skip


async def test_texts_and_numbers_of_a_flow_fit_postgresqls_types(passes, database_url):
    await passes(
        database_url,
        (
            """SELECT $1::timestamptz AS at, $2::numeric AS n, $3::int AS i, $4::uuid AS u, $5::jsonb AS j,
                $6::int[] AS l, $7::bytea AS b, $8::interval AS d, $9::date AS day, $10::bool AS t, $11::text AS x,
                $12::float8 AS f""",
            {"params": ["2024-05-06T07:08:09Z", 59.98, "7", "11111111-2222-3333-4444-555555555555", {"a": 1}, [1, 2],
                        "AP8=", "1h30m", "2024-05-06", True, None, 2]},
            'first_row.at == "2024-05-06T07:08:09+00:00"', "first_row.n == 59.98", "first_row.i == 7",
            'first_row.j == {"a": 1}', "first_row.l == [1, 2]", 'first_row.b == "AP8="', 'first_row.d == "1h30m"',
            'first_row.day == "2024-05-06"', "first_row.t == true", "first_row.x == nil", "first_row.f == 2",
        ),
    )  # fmt: skip


@pytest.mark.parametrize("value", ["seven", True, [1], {"a": 1}])
async def test_a_value_of_another_type_is_refused_by_its_type(fault_of, database_url, value):
    code, message = await fault_of(database_url, ("SELECT $1::int", {"params": [value]}))

    assert code == "TM501", message
    assert "seven" not in message


async def test_mariadbs_types_are_kept(passes, mariadb):
    await passes(
        mariadb,
        (
            """SELECT CAST(59.98 AS DECIMAL(8, 2)) AS price, 18446744073709551615 AS big, 1.5e0 AS d, NULL AS nothing,
                TIMESTAMP '2024-05-06 07:08:09' AS at, DATE '2024-05-06' AS day, TIME '01:30:00' AS length,
                x'00ff' AS raw, 'ü€😀' AS t, b'101' AS bits""",
            {},
            "first_row.price == 59.98", "first_row.big == 18446744073709551615", "first_row.d == 1.5",
            "first_row.nothing == nil", 'first_row.at == "2024-05-06T07:08:09"', 'first_row.day == "2024-05-06"',
            'first_row.length == "1h30m"', 'first_row.raw == "AP8="', 'first_row.t == "ü€😀"',
            'columns[0] == {"name": "price", "type": "decimal"}',
        ),
    )  # fmt: skip


async def test_values_of_a_flow_reach_mariadb_whole(passes, mariadb):
    await passes(
        mariadb,
        "DROP TABLE IF EXISTS whole",
        "CREATE TABLE whole (n DECIMAL(10, 2), i BIGINT, t TEXT, b BOOL, at DATETIME, f DOUBLE)",
        ("INSERT INTO whole VALUES (?, ?, ?, ?, ?, ?)",
         {"params": [59.98, 9007199254740993, "ü€😀\\'\"%s", True, "2024-05-06 07:08:09", 0.1]}),
        ("SELECT * FROM whole", {}, "first_row.n == 59.98", "first_row.i == 9007199254740993",
         'first_row.t endsWith "%s"', "first_row.b == 1",
         'first_row.at == "2024-05-06T07:08:09"', "first_row.f == 0.1"),
    )  # fmt: skip


@pytest.mark.parametrize("database", ["mariadb", "sqlite"], indirect=True)
async def test_a_list_is_no_parameter_where_the_database_has_none(fault_of, database):
    code, message = await fault_of(database, ("SELECT ?", {"params": [[1, 2]]}))

    assert code == "TM501"
    assert "a place for each item" in message


async def test_changed_rows_that_come_back_are_counted(passes, database_url, mariadb):
    for dsn in (database_url, mariadb, "sqlite:///:memory:"):
        await passes(
            dsn,
            "DROP TABLE IF EXISTS returned",
            "CREATE TABLE returned (id INTEGER)",
            ("INSERT INTO returned VALUES (1), (2) RETURNING id", {}, "row_count == 2", "rows_affected == 2"),
        )


async def test_a_far_date_of_postgresql_is_no_endless_one(passes, database_url):
    await passes(
        database_url,
        (
            """SELECT '9999-12-31'::date AS last, '0001-01-01'::date AS first,
                '9999-12-31 00:00:00'::timestamp AS local,
                '9999-12-31 23:59:59.999999+00'::timestamptz AS at, 'infinity'::date AS never,
                '10000-01-01'::date AS far, '-infinity'::timestamp AS always,
                '0044-03-15 10:00 BC'::timestamp AS ides, ARRAY['9999-12-31', 'infinity']::date[] AS both,
                daterange('2024-05-06', 'infinity') AS span""",
            {},
            'first_row.last == "9999-12-31"', 'first_row.first == "0001-01-01"',
            'first_row.local == "9999-12-31T00:00:00"', 'first_row.at == "9999-12-31T23:59:59.999999+00:00"',
            'first_row.never == "infinity"', 'first_row.far == "10000-01-01"', 'first_row.always == "-infinity"',
            'first_row.ides == "0044-03-15T10:00:00 BC"', 'string(first_row.both[0]) == "9999-12-31"',
            'first_row.both[1] == "infinity"', 'first_row.span.upper == "infinity"',
        ),
    )  # fmt: skip


async def test_dates_of_a_flow_reach_postgresql_as_they_are(passes, database_url):
    await passes(
        database_url,
        (
            """SELECT $1::date::text AS d, $2::timestamp::text AS t, ($3::timestamptz AT TIME ZONE 'UTC')::text AS z,
                $4::timestamp::text AS m""",
            {"params": ["1969-12-31", "1969-12-31T23:59:59.123456", "2024-05-06T07:08:09+02:00", "2024-05-06"]},
            'first_row.d == "1969-12-31"', 'first_row.t == "1969-12-31 23:59:59.123456"',
            'first_row.z == "2024-05-06 05:08:09"', 'first_row.m == "2024-05-06 00:00:00"',
        ),
    )  # fmt: skip


async def test_a_moment_without_a_zone_is_not_taken_for_one_of_this_machine(fault_of, database_url):
    code, message = await fault_of(database_url, ("SELECT $1::timestamptz", {"params": ["2024-05-06T07:08:09"]}))

    assert code == "TM501", message
    assert "write Z or +02:00" in message


@pytest.mark.parametrize(("database", "kind"), [("postgresql", "real"), ("mariadb", "float")], indirect=["database"])
async def test_a_number_of_32_bits_is_the_one_that_was_written(passes, database, kind):
    await passes(database, (f"SELECT CAST(1.1 AS {kind}) AS n, CAST(-0.3 AS {kind}) AS m", {},
                            "first_row.n == 1.1", "first_row.m == -0.3"))  # fmt: skip


async def test_a_letter_of_postgresqls_catalogs_is_a_text(passes, database_url):
    await passes(
        database_url, ("SELECT relkind FROM pg_class WHERE relname = 'pg_class'", {}, 'first_row.relkind == "r"')
    )
