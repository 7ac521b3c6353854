"""The configs of control flow, and the flow's keys around it, as JSON Schema."""

from typing import Any

from testmesh_engine.language.limits import MAX_ITERATIONS, MAX_STEPS
from testmesh_sdk.durations import PATTERN

TEXT = {"type": "string"}
TEXTS = {"type": "array", "items": TEXT}
FLAG = {"type": "boolean"}
DURATION = {"type": "string", "pattern": PATTERN}
WORD = {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"}
REFERENCE = {"type": "string", "pattern": r"\$\{|\{\{"}
STEPS = {"type": "array", "maxItems": MAX_STEPS, "items": {"$ref": "#/$defs/step"}}
SOME_STEPS = {**STEPS, "minItems": 1}
_COUNT = {"type": "integer", "minimum": 1, "maximum": MAX_ITERATIONS}
_MANY = {"type": "integer", "minimum": 0, "maximum": 10 * MAX_ITERATIONS}


def closed(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    """Return the schema of a map that holds these keys alone."""
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def named(values: Any) -> dict[str, Any]:
    """Return the schema of a map whose keys can be referred to."""
    return {"type": "object", "propertyNames": WORD, "additionalProperties": values}


def control_schemas() -> dict[str, dict[str, Any]]:
    """Return the schema of the config of each construct, by its action."""
    branch = closed({"name": WORD, "steps": SOME_STEPS}, "name", "steps")
    branches = {"type": "array", "minItems": 1, "items": branch}
    whole = {"anyOf": [{"type": "integer"}, REFERENCE]}
    stretch = closed({"from": whole, "to": whole, "step": whole}, "to")
    for_each = closed(
        {
            "items": {"anyOf": [{"type": "array"}, REFERENCE]},
            "range": {"anyOf": [whole, stretch]},
            "item_name": WORD,
            "index_name": WORD,
            "steps": SOME_STEPS,
            "parallel": {"anyOf": [FLAG, _COUNT]},
            "continue_on_error": FLAG,
            "min_iterations": _MANY,
            "max_iterations": {**_MANY, "minimum": 1},
        },
        "steps",
    )
    repeat = {"until": TEXT, "steps": SOME_STEPS, "every": DURATION, "within": DURATION}
    return {
        "group": closed({"steps": SOME_STEPS}, "steps"),
        "parallel": closed({"branches": branches, "max_concurrent": _COUNT, "fail_fast": FLAG}, "branches"),
        "for_each": {**for_each, "oneOf": [{"required": ["items"]}, {"required": ["range"]}]},
        "condition": closed({"if": TEXT, "then": SOME_STEPS, "else": STEPS}, "if", "then"),
        "repeat_until": closed(repeat, "until", "steps"),
        "run_flow": closed({"flow": TEXT, "inputs": named(True)}, "flow"),
    }


def flow_keys() -> dict[str, Any]:
    """Return the keys of a flow that say under what conditions, and how often, it is carried out."""
    file = closed({"file": {"type": "string", "pattern": r"\.(csv|json|ya?ml|CSV|JSON|YA?ML)$"}}, "file")
    concurrency = closed({"key": TEXT, "policy": {"enum": ["queue", "skip", "cancel_older"]}}, "key")
    output = {"oneOf": [TEXT, closed({"from": TEXT, "secret": FLAG}, "from")]}
    return {
        "requires": STEPS,
        "concurrency": concurrency,
        "data": {"oneOf": [{"type": "array", "minItems": 1, "items": named(True)}, file]},
        "outputs": named(output),
    }


def on_error() -> dict[str, Any]:
    choices = {"enum": ["fail", "continue"]}
    return {"oneOf": [choices, closed({"action": choices, "steps": SOME_STEPS}, "steps")]}
