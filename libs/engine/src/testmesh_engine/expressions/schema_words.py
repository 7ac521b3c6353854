"""The keywords of JSON Schema, and which of them hold schemas: a misspelled one would be ignored, and hold always."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

_ONE = frozenset((
    "additionalItems", "additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then",
    "unevaluatedItems", "unevaluatedProperties", "contentSchema",
))  # fmt: skip
_SEVERAL = frozenset(("allOf", "anyOf", "oneOf", "prefixItems", "items"))
_NAMED = frozenset(("$defs", "definitions", "dependentSchemas", "dependencies", "patternProperties", "properties"))
_PLAIN = frozenset((
    "$anchor", "$comment", "$dynamicAnchor", "$dynamicRef", "$id", "$ref", "$schema", "$vocabulary", "const",
    "contentEncoding", "contentMediaType", "default", "dependentRequired", "deprecated", "description", "enum",
    "examples", "exclusiveMaximum", "exclusiveMinimum", "format", "maxContains", "maxItems", "maxLength",
    "maxProperties", "maximum", "minContains", "minItems", "minLength", "minProperties", "minimum", "multipleOf",
    "pattern", "readOnly", "required", "title", "type", "uniqueItems", "writeOnly",
))  # fmt: skip
KEYWORDS = _ONE | _SEVERAL | _NAMED | _PLAIN
_REMARKS = frozenset((
    "$anchor", "$comment", "$defs", "$dynamicAnchor", "$id", "$schema", "$vocabulary", "contentEncoding",
    "contentMediaType", "contentSchema", "default", "definitions", "deprecated", "description", "examples", "readOnly",
    "title", "writeOnly",
))  # fmt: skip
_ALIKE = 0.8


def allows_everything(schema: object) -> bool:
    """Tell whether a schema asks for nothing at all."""
    return schema is True or (isinstance(schema, Mapping) and not (KEYWORDS - _REMARKS).intersection(schema))


def misspelled(schema: object) -> str:
    """Say which keyword of a schema is close to a known one and is none, or nothing."""
    pending = [("", schema)]
    while pending:
        place, part = pending.pop()
        if not isinstance(part, Mapping):
            continue
        for key in part:
            close = [] if key in KEYWORDS or key.startswith("x-") else get_close_matches(key, KEYWORDS, 1, _ALIKE)
            if close:
                return f"`{key}`{f' at {place}' if place else ''}; did you mean `{close[0]}`?"
        pending.extend(_inside(place, part))
    return ""


def _inside(place: str, schema: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for key, value in schema.items():
        if key in _ONE:
            yield f"{place}/{key}", value
        if key in _SEVERAL and isinstance(value, list | tuple):
            yield from ((f"{place}/{key}/{index}", item) for index, item in enumerate(value))
        elif key in _NAMED and isinstance(value, Mapping):
            yield from ((f"{place}/{key}/{name}", item) for name, item in value.items())
