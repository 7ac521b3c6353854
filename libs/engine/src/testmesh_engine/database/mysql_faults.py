"""What MySQL, MariaDB and their driver say, in the words of all databases."""

import re
import ssl

from asyncmy.errors import Error

from testmesh_engine.database import faults
from testmesh_engine.database.dsn import Dsn
from testmesh_engine.database.faults import Said, fault, no_connection, not_let_in
from testmesh_engine.database.found import Question
from testmesh_sdk import ActionError

CANNOT_PREPARE = 1295
_KINDS = {
    faults.DENIED: (1045, 1130, 1698, 1251, 1862, 1820, 4151),
    faults.UNKNOWN_DATABASE: (1049,),
    faults.NEEDS_TLS: (3159,),
    faults.TOO_MANY: (1040, 1203, 1226),
    faults.SYNTAX: (1064, 1149),
    faults.UNKNOWN_NAME: (1054, 1146, 1305, 1051, 1109, 1091),
    faults.LOCKED: (1205, 1213, 3572),
    faults.TOO_SLOW: (3024, 1969, 1317),
    faults.NOT_PERMITTED: (1044, 1142, 1143, 1227, 1370),
    faults.VIOLATION: (1048, 1062, 1216, 1217, 1451, 1452, 1364, 3819, 4025),
    faults.BROKEN: (1053, 1927, 2006, 2013, 2003),
    faults.BAD_VALUE: (1292, 1366, 1406, 1264, 1210),
}
_BY_NUMBER = {number: kind for kind, numbers in _KINDS.items() for number in numbers}
_NEAR = re.compile(r"near '(.*)' at line \d+$", re.DOTALL)
_COLUMN = re.compile(r"Unknown column '([^']*)'|Table '(?:[^'.]*\.)?([^']*)' doesn't exist")
_ONLY_SECURE = ("require_secure_transport", "insecure transport", "cryptography", "RSA")


def has_answered(error: Exception) -> bool:
    """Say whether the server itself refused the user, so that asking in another way is of no use."""
    return _number(error) in _BY_NUMBER and _number(error) not in (2006, 2013, 2003)


def explain(error: Exception, question: Question) -> ActionError:
    """Return the error of a statement."""
    said = _words(error)
    kind = _BY_NUMBER.get(_number(error), faults.REFUSED)
    if not isinstance(error, Error):
        kind = faults.BROKEN if isinstance(error, OSError) else faults.BAD_VALUE
    return fault(kind, question, Said(said, _place(said, question.statement.text)))


def explain_connection(error: Exception, dsn: Dsn) -> ActionError:
    """Return the error of a connection that there is not."""
    said = _words(error)
    if any(sign in said for sign in _ONLY_SECURE):
        return not_let_in(faults.NEEDS_TLS, dsn, said)
    number = _number(error)
    kind = _BY_NUMBER.get(number)
    if kind is not None and has_answered(error):
        # a user without any right to a database is told so where another is told that there is none
        return not_let_in(faults.DENIED if kind is faults.NOT_PERMITTED else kind, dsn, said)
    cause = error.__cause__ if isinstance(error.__cause__, Exception) else error
    if dsn.tls not in ("disable", "prefer") and not isinstance(cause, ssl.SSLError | ConnectionRefusedError):
        message = f"no TLS: {faults.one_line(said)}; does the server speak it? if it need not, add ?sslmode=disable"
        return ActionError("TM506", f"connecting to {dsn}: {message}")
    return no_connection(dsn, cause)


def _place(said: str, text: str) -> int | None:
    """Return where in a statement something is wrong: the server quotes what stands from there on."""
    if near := _NEAR.search(said):
        return text.rfind(near[1]) if near[1] and near[1] in text else len(text.rstrip())
    if named := _COLUMN.search(said):
        name = (named[1] or named[2]).rpartition(".")[2]
        found = [match.start() for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text)]
        return found[0] if len(found) == 1 else None
    return None


def _number(error: Exception) -> int:
    return error.args[0] if isinstance(error, Error) and error.args and isinstance(error.args[0], int) else 0


def _words(error: Exception) -> str:
    return str(error.args[1]) if isinstance(error, Error) and len(error.args) > 1 else str(error)
