"""Values between flows and MySQL or MariaDB."""

import base64
import json
import struct
from typing import Any

from asyncmy.constants import FIELD_TYPE

from testmesh_engine.database.faults import BAD_VALUE, Said, fault
from testmesh_engine.database.found import Question

_NAMES = {
    code: name.lower()
    for name, code in vars(FIELD_TYPE).items()
    if isinstance(code, int) and name not in ("CHAR", "INTERVAL")
}
_NAMES |= {
    FIELD_TYPE.TINY: "tinyint",
    FIELD_TYPE.SHORT: "smallint",
    FIELD_TYPE.INT24: "mediumint",
    FIELD_TYPE.LONG: "int",
    FIELD_TYPE.LONGLONG: "bigint",
    FIELD_TYPE.NEWDECIMAL: "decimal",
    FIELD_TYPE.VAR_STRING: "varchar",
    FIELD_TYPE.STRING: "char",
}


def given(count: int, question: Question) -> tuple[Any, ...]:
    """Return the values of a statement as the driver takes them.

    Raises:
        ActionError: one is a list, which no statement takes, or their number does not fit.
    """
    values = question.statement.values
    if count != len(values):
        said = f"it takes {count} and params gives {len(values)}; all of params belong into the text as ?, $1 or :name"
        raise fault(BAD_VALUE, question, Said(said))
    return tuple(_given(value, at, question) for at, value in enumerate(values, start=1))


def _given(value: Any, at: int, question: Question) -> Any:
    if isinstance(value, list | tuple):
        raise fault(BAD_VALUE, question, Said(f"number {at} is a list; write a place for each item"))
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value


def plain(value: Any, code: int) -> Any:
    """Return a value as expressions understand it."""
    if code == FIELD_TYPE.BIT and isinstance(value, bytes):
        return int.from_bytes(value)
    if code == FIELD_TYPE.JSON and isinstance(value, str | bytes):
        return json.loads(value)
    if code == FIELD_TYPE.FLOAT and isinstance(value, float):
        return _shortest(value)
    return base64.b64encode(value).decode() if isinstance(value, bytes | bytearray) else value


def _shortest(value: float) -> float:
    """Return the number that is written so: of 1.1 in 32 bits, 1.1 and not 1.100000023841858."""
    single = struct.pack("f", value)
    written = (float(f"{value:.{digits}g}") for digits in (6, 7, 8))
    return next((found for found in written if struct.pack("f", found) == single), value)


def column_type(code: int) -> str:
    return _NAMES.get(code, f"type {code}")
