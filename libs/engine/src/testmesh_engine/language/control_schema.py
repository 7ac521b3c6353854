"""The configs of control flow as JSON Schema."""

from testmesh_engine.language.limits import MAX_ITERATIONS
from testmesh_engine.language.schema_parts import (
    COUNT,
    DURATION,
    FLAG,
    REFERENCE,
    SOME_STEPS,
    STEPS,
    TEXT,
    WORD,
    Schema,
    closed,
    named,
    told,
)

CONTROL_DESCRIPTIONS = {
    "group": "Steps that pass, fail, are repeated and are skipped as one",
    "parallel": "Branches of steps, side by side",
    "for_each": "Steps once for each item of a list, or number of a range",
    "condition": "One list of steps or another",
    "repeat_until": "Steps again and again, until an expression is true",
    "run_flow": "Another flow, inside this one",
}
_MANY: Schema = {"type": "integer", "minimum": 0, "maximum": 10 * MAX_ITERATIONS}
_WHOLE: Schema = {"anyOf": [{"type": "integer"}, REFERENCE]}


def control_schemas() -> dict[str, Schema]:
    """Return the schema of the config of each construct, by its action."""
    return {
        "group": closed({"steps": told(SOME_STEPS, "The steps, in order")}, "steps"),
        "parallel": _parallel(),
        "for_each": _for_each(),
        "condition": _condition(),
        "repeat_until": _repeat_until(),
        "run_flow": _run_flow(),
    }


def _parallel() -> Schema:
    name = told(WORD, "By which branches.NAME.outputs is read afterwards")
    branch = closed({"name": name, "steps": told(SOME_STEPS, "The steps of the branch, in order")}, "name", "steps")
    properties = {
        "branches": told({"type": "array", "minItems": 1, "items": branch}, "What runs side by side"),
        "max_concurrent": told(COUNT, "How many branches run at once; all of them where nothing is said"),
        "fail_fast": told(FLAG, "Cut off the other branches when one does not pass", default=False),
    }
    return closed(properties, "branches")


def _for_each() -> Schema:
    stretch = {
        "from": told(_WHOLE, "The first number", default=0),
        "to": told(_WHOLE, "The last number, included"),
        "step": told(_WHOLE, "From one number to the next", default=1),
    }
    properties = {
        "items": told({"anyOf": [{"type": "array"}, REFERENCE]}, "A list, or a reference to one"),
        "range": told(
            {"anyOf": [_WHOLE, closed(stretch, "to")]}, "Instead of items: 3 counts 0, 1, 2; or {from, to, step}"
        ),
        "item_name": told(WORD, "What the item is called inside", default="item"),
        "index_name": told(WORD, "What the item's number is called inside, from 0", default="index"),
        "steps": told(SOME_STEPS, "The steps of one pass, in order"),
        "parallel": told({"anyOf": [FLAG, COUNT]}, "Passes side by side: true for 10 at once, or how many"),
        "continue_on_error": told(FLAG, "Make the other passes too when one does not pass", default=False),
        "min_iterations": told(_MANY, "Fewer items are an error", default=1),
        "max_iterations": told({**_MANY, "minimum": 1}, "More items are an error", default=MAX_ITERATIONS),
    }
    return {**closed(properties, "steps"), "oneOf": [{"required": ["items"]}, {"required": ["range"]}]}


def _condition() -> Schema:
    properties = {
        "if": told(TEXT, "An expression that is true or false"),
        "then": told(SOME_STEPS, "The steps where it is true"),
        "else": told(STEPS, "The steps where it is false"),
    }
    return closed(properties, "if", "then")


def _repeat_until() -> Schema:
    properties = {
        "until": told(TEXT, "An expression over what the steps left; true ends the repetition"),
        "steps": told(SOME_STEPS, "The steps of one pass, in order"),
        "every": told(DURATION, "Between one pass and the next", default="500ms"),
        "within": told(DURATION, "How long until it is a failure", default="1m"),
    }
    return closed(properties, "until", "steps")


def _run_flow() -> Schema:
    properties = {
        "flow": told(TEXT, "A path relative to this flow's file, or the flow's name"),
        "inputs": told(named(True), "Values for the inputs that the flow declares"),
    }
    return closed(properties, "flow")
