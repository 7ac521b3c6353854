"""SARIF 2.1.0: faults and notes of flow files, for code scanning."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from testmesh_engine.codes import CODES
from testmesh_engine.language.diagnostics import Diagnostic
from testmesh_engine.reporters.wording import legal

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file with what was found in it."""

    file: str
    faults: Sequence[Diagnostic]
    notes: Sequence[Diagnostic]


def sarif_log(files: Sequence[CheckedFile], version: str) -> dict[str, Any]:
    """Return the log of one check; every code that it names is explained in its rules."""
    found = [(fault, "error") for file in files for fault in file.faults]
    found += [(note, "note") for file in files for note in file.notes]
    codes = sorted({diagnostic.code for diagnostic, _ in found})
    places = {code: place for place, code in enumerate(codes)}
    run = {
        "tool": {"driver": {"name": "TestMesh", "version": version, "rules": [_rule(code) for code in codes]}},
        "columnKind": "unicodeCodePoints",
        "artifacts": [{"location": {"uri": _uri(file.file)}} for file in files],
        "invocations": [{"executionSuccessful": True}],
        "results": [_result(diagnostic, level, places[diagnostic.code]) for diagnostic, level in found],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str) -> dict[str, Any]:
    known = CODES.get(code)
    title = known.title if known else code
    told = known.explanation if known else f"`testmesh explain {code}` tells more."
    level = "note" if told.startswith("Note.") else "error"
    return {
        "id": code,
        "shortDescription": {"text": title},
        "fullDescription": {"text": told},
        "help": {"text": f"{told} See docs/language/codes.md, or `testmesh explain {code}`."},
        "defaultConfiguration": {"level": level},
    }


def _result(diagnostic: Diagnostic, level: str, rule: int) -> dict[str, Any]:
    hint = f"; {diagnostic.hint}" if diagnostic.hint else ""
    region = {"startLine": max(diagnostic.line, 1), "startColumn": max(diagnostic.column, 1)}
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(diagnostic.file)}, "region": region}
    location: dict[str, Any] = {"physicalLocation": place}
    if diagnostic.pointer:
        location["logicalLocations"] = [{"fullyQualifiedName": legal(diagnostic.pointer)}]
    return {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": level,
        "message": {"text": legal(f"{diagnostic.message}{hint}")},
        "locations": [location],
    }


def _uri(file: str) -> str:
    """Return a file's name as a URI: relative where it was named so, with `/` and without what a URI forbids."""
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
