"""Rows of a flow's `data`, from CSV, JSON or YAML; no rows, or a row that cannot be read, is an error."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from testmesh_engine.language.diagnostics import Faults, FlowInvalidError
from testmesh_engine.language.document import read_document, read_text
from testmesh_engine.language.limits import MAX_ITERATIONS
from testmesh_engine.names import is_name, name_hint

Row = dict[str, Any]


class RowsError(Exception):
    """A file of rows that holds none, or something else; the message names the file."""

    code = "TM457"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def read_rows(path: str, data: bytes) -> list[Row]:
    """Return the rows of a file; those of a CSV are texts, its first line names the columns.

    Raises:
        RowsError: it has none, or cannot be read.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeError as error:
        raise RowsError(f"{path}: the rows are not UTF-8 text: {error}") from error
    suffix = path.lower().rpartition(".")[2]
    found = list(_of_csv(path, text)) if suffix == "csv" else _of_document(path, suffix, text)
    if not found:
        raise RowsError(f"{path} has no rows: nothing would be tested")
    if len(found) > MAX_ITERATIONS:
        raise RowsError(f"{path} has {len(found)} rows, more than {MAX_ITERATIONS}; split the file")
    for name in sorted({str(name) for row in found for name in row}):
        if not is_name(name):
            raise RowsError(f'{path}: the column "{name}" cannot name a variable; {name_hint(name)}')
    return found


def _of_csv(path: str, text: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = [name.strip() for name in next(reader, [])]
        if len(set(columns)) < len(columns):
            raise RowsError(f"{path}:1: two columns have the same name")
        for values in reader:
            if not values:
                continue
            if len(values) != len(columns):
                said = f"{len(values)} values where the first line names {len(columns)} columns"
                raise RowsError(f"{path}:{reader.line_num}: {said}; put a value with a comma in quotes")
            yield dict(zip(columns, values, strict=True))
    except csv.Error as error:
        raise RowsError(f"{path}:{reader.line_num}: {error}") from error


def _of_document(path: str, suffix: str, text: str) -> list[Row]:
    try:
        found = json.loads(text) if suffix == "json" else _of_yaml(path, text)
    except (ValueError, RecursionError) as error:
        raise RowsError(f"{path} cannot be read: {error}") from error
    if not isinstance(found, list):
        raise RowsError(f"{path}: rows are a list of maps")
    for number, row in enumerate(found):
        if not isinstance(row, dict):
            raise RowsError(f"{path}: row {number} is no map of columns")
    return found


def _of_yaml(path: str, text: str) -> Any:
    faults = Faults(path)
    try:
        document = read_document(read_text(text, faults), faults).plain()
        faults.stop_if_any()
    except FlowInvalidError as invalid:
        raise RowsError(str(invalid)) from invalid
    return document
