"""The log against the parts of the SARIF 2.1.0 schema that it uses, written down here."""

import jsonschema

from testmesh_engine.codes import CODES
from testmesh_engine.language import Diagnostic
from testmesh_engine.reporters.sarif import CheckedFile, sarif_log

TEXT = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string", "minLength": 1}},
    "additionalProperties": False,
}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
POSITIVE = {"type": "integer", "minimum": 1}
LOCATED = {
    "type": "object",
    "required": ["uri"],
    "properties": {"uri": {"type": "string", "pattern": r"^[A-Za-z0-9._~!$&'()*+,;=:@/%-]+$"}},
    "additionalProperties": False,
}


def obj(required, **properties):
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def array(items, **more):
    return {"type": "array", "items": items, **more}


RULE = obj(
    ["id"], id={"type": "string"}, shortDescription=TEXT, fullDescription=TEXT, help=TEXT,
    defaultConfiguration=obj([], level=LEVEL),
)  # fmt: skip
LOCATION = obj(
    ["physicalLocation"],
    physicalLocation=obj(
        ["artifactLocation"], artifactLocation=LOCATED, region=obj([], startLine=POSITIVE, startColumn=POSITIVE)
    ),
    logicalLocations=array(obj([], fullyQualifiedName={"type": "string"})),
)
RESULT = obj(
    ["message", "ruleId", "level", "locations"], ruleId={"type": "string"}, ruleIndex={"type": "integer", "minimum": 0},
    level=LEVEL, message=TEXT, locations=array(LOCATION, minItems=1),
)  # fmt: skip
DRIVER = obj(["name"], name={"type": "string"}, version={"type": "string"}, rules=array(RULE, uniqueItems=True))
RUN = obj(
    ["tool", "results"], tool=obj(["driver"], driver=DRIVER),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    artifacts=array(obj([], location=LOCATED)), results=array(RESULT),
    invocations=array(obj(["executionSuccessful"], executionSuccessful={"type": "boolean"})),
)  # fmt: skip
SCHEMA = obj(["version", "runs"], **{"$schema": {"type": "string"}, "version": {"const": "2.1.0"}, "runs": array(RUN)})


def log(*files):
    found = sarif_log(files, "0.1.0")
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    return found["runs"][0]


def fault(code="TM203", **more):
    values = {"message": "unknown key", "file": "a b/ä.yaml", "line": 2, "column": 1, "pointer": "/stesp", "hint": "h"}
    return Diagnostic(code, **values | more)


def test_a_fault_is_an_error_at_its_place_and_a_note_is_a_note():
    run = log(CheckedFile("a b/ä.yaml", [fault()], [fault("TM306", line=7)]), CheckedFile("b.yaml", [], []))

    error, note = run["results"]
    place = error["locations"][0]["physicalLocation"]
    assert (error["level"], note["level"]) == ("error", "note")
    assert place == {
        "artifactLocation": {"uri": "a%20b/%C3%A4.yaml"},
        "region": {"startLine": 2, "startColumn": 1},
    }
    assert error["message"]["text"] == "unknown key; h"
    assert [one["location"]["uri"] for one in run["artifacts"]] == ["a%20b/%C3%A4.yaml", "b.yaml"]


def test_every_rule_that_a_result_names_is_there_and_explained():
    run = log(CheckedFile("a", [fault(code) for code in sorted(CODES)], []))

    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == sorted(CODES)
    assert all(rule["fullDescription"]["text"] == CODES[rule["id"]].explanation for rule in rules)


def test_a_fault_without_a_place_is_at_the_beginning_and_hostile_words_stay_text():
    run = log(CheckedFile("../a\n<b>.yaml", [fault(file="/x/y.yaml", line=0, column=0,
                                                     message="\x00 \ud800")], []))  # fmt: skip

    (result,) = run["results"]
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 1, "startColumn": 1}
    assert result["message"]["text"] == "\\x00 \\ud800; h"


def test_without_a_fault_the_log_has_no_results_and_is_still_one():
    assert log(CheckedFile("a.yaml", [], []))["results"] == []
