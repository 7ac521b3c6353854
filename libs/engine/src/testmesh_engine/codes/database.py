"""TM50x and TM51x: what a database did not do."""

from testmesh_engine.codes.code import Code

DATABASE = {
    "TM500": Code(
        "no DSN",
        "The connection of a database_query is neither a DSN nor the name of a variable that holds one. Write "
        "postgresql://user:password@host:5432/name, mysql://…, mariadb://… or sqlite:///path; signs such as @ and / in "
        "a password are percent-encoded.",
    ),
    "TM501": Code(
        "parameters do not fit",
        "The params of a database_query and the places in its query, $1, ? or :name, do not fit: their number, their "
        "names or their types. The message names the first.",
    ),
    "TM502": Code(
        "not one statement",
        "The query holds none or several statements, or one that begins or ends a transaction. Write one statement a "
        "step; transaction says what becomes of it.",
    ),
    "TM503": Code(
        "database not reached",
        "There is no connection to the database: nothing listens, the host has no address, the file cannot be opened. "
        "Look at the host, the port, and whether it runs.",
    ),
    "TM504": Code(
        "database lets nobody in",
        "The database server does not take this user with this password, or not from this machine. Look at both.",
    ),
    "TM505": Code(
        "unknown database",
        "The server is there and has no database of that name. Look at the end of the connection.",
    ),
    "TM506": Code(
        "database and TLS",
        "The server wants TLS and the connection has none, or TLS was asked for and failed. Set sslmode in the "
        "connection: disable, prefer, require, verify-ca or verify-full.",
    ),
    "TM507": Code(
        "too many connections",
        "The database server takes no more connections. Raise its limit, or let fewer flows ask at once.",
    ),
    "TM508": Code(
        "SQL unreadable",
        "The database cannot read the statement. The caret in the message stands where it stopped; what is wrong is "
        "there or just before.",
    ),
    "TM509": Code(
        "SQL names what is not there",
        "The statement names a table, a column or a function that the database does not have. Look at its spelling, "
        "the schema, and whether it was made.",
    ),
    "TM510": Code(
        "locked",
        "Another transaction holds what the statement needs, and did not let go in time. Look for an open transaction, "
        "or give flows that run beside each other rows of their own.",
    ),
    "TM511": Code(
        "statement out of time",
        "The database ended the statement because its time was up. Raise timeout, or look at what it does.",
    ),
    "TM512": Code(
        "more rows than are read",
        "The query has more rows than max_rows, or their values have more than 16 MiB. None is left out silently, for "
        "a count would be wrong. Ask for less, or raise max_rows.",
    ),
    "TM513": Code(
        "TestMesh's own database",
        "The connection leads to the database in which TestMesh keeps its own data. No flow may ask it, whatever its "
        "address: name the database of the tested system.",
    ),
    "TM514": Code(
        "files of the server",
        "A flow on a server would open a file as an SQLite database. An administrator may allow it with "
        "TESTMESH_RUNNER_LOCAL_FILES; sqlite:///:memory: needs no file.",
    ),
    "TM515": Code(
        "not permitted",
        "The user of the connection may not do this to that table or function. Grant it, or connect as another user.",
    ),
    "TM516": Code(
        "rule of a table broken",
        "The rows would break a rule: a key that is there already, a value that may not be null, a reference that "
        "leads nowhere, a check. Nothing was changed.",
    ),
    "TM517": Code(
        "database connection broke",
        "The connection broke while the statement ran; whether it took effect cannot be known. Look at the server.",
    ),
    "TM518": Code(
        "statement refused",
        "The database refused the statement for another reason than those with codes of their own; the message holds "
        "its words.",
    ),
    "TM519": Code(
        "columns of one name",
        "Two columns of the rows have the same name, and a row is a map. Give one of them another name with AS.",
    ),
    "TM520": Code(
        "not undone",
        "A statement was to be undone, and the server could not: it has tables without transactions (MyISAM, Aria), or "
        "a procedure committed by itself. What it did is there. Use tables of InnoDB, or clean up in the teardown.",
    ),
}
