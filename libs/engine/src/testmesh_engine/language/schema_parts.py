"""Pieces that the language's JSON Schema is made of."""

from typing import Any

from testmesh_engine.language.limits import MAX_ITERATIONS, MAX_STEPS
from testmesh_sdk.durations import PATTERN

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
TEXTS: Schema = {"type": "array", "items": TEXT}
FLAG: Schema = {"type": "boolean"}
DURATION: Schema = {"type": "string", "pattern": PATTERN}
WORD: Schema = {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"}
REFERENCE: Schema = {"type": "string", "pattern": r"\$\{|\{\{"}
STEPS: Schema = {"type": "array", "maxItems": MAX_STEPS, "items": {"$ref": "#/$defs/step"}}
SOME_STEPS: Schema = {**STEPS, "minItems": 1}
COUNT: Schema = {"type": "integer", "minimum": 1, "maximum": MAX_ITERATIONS}
NOT_GIVEN = object()


def told(schema: Schema, description: str, default: Any = NOT_GIVEN) -> Schema:
    """Return a schema with what an editor shows of it."""
    shown = {**schema, "description": description}
    return shown if default is NOT_GIVEN else {**shown, "default": default}


def closed(properties: Schema, *required: str) -> Schema:
    """Return the schema of a map that holds these keys alone."""
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def named(values: Any) -> Schema:
    """Return the schema of a map whose keys can be referred to."""
    return {"type": "object", "propertyNames": WORD, "additionalProperties": values}


def taken(source: str) -> Schema:
    """Return the schema of an output: where its value comes from, and whether it is secret."""
    long = {
        "from": told(TEXT, source),
        "secret": told(FLAG, "Mask the value in all that is shown and recorded from then on", default=False),
    }
    return {"oneOf": [TEXT, closed(long, "from")]}
