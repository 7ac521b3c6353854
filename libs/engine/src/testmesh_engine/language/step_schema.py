"""A step's keys as JSON Schema."""

from collections.abc import Mapping

from testmesh_engine.actions.registry import ALIASES
from testmesh_engine.language.limits import MAX_ATTEMPTS, MAX_NAME
from testmesh_engine.language.schema_parts import (
    DURATION,
    FLAG,
    SOME_STEPS,
    TEXT,
    TEXTS,
    WORD,
    Schema,
    closed,
    named,
    taken,
    told,
)


def step_schema(actions: Mapping[str, str]) -> Schema:
    """Return the schema of a step that can use these actions, each with its description."""
    words = {**actions, **{alias: f"Is {name}" for alias, name in ALIASES.items() if name in actions}}
    action: Schema = {"enum": list(words), "enumDescriptions": list(words.values())}
    properties = {
        "action": told(action, "What the step does"),
        "id": told(WORD, "By which other steps refer to it; step_N where it is absent"),
        "name": told({"type": "string", "maxLength": MAX_NAME}, "Shown instead of the id; may hold references"),
        "description": told(TEXT, "What the step is for"),
        "config": told({"type": "object"}, "What the action is to do; its keys depend on the action"),
        "assert": told(
            {"type": "array", "items": {"$ref": "#/$defs/assertion"}}, "What must hold: expressions, or {that, message}"
        ),
        "output": told(
            named(taken("An expression, or a JSONPath that begins with $")),
            "Variables to set, by name, from the result",
        ),
        "when": told(TEXT, "An expression; where it is false the step is skipped"),
        **_repetition(),
        "timeout": told(DURATION, "Of one attempt; 30s where nothing is said, none for control flow and delay"),
        "on_error": told(_on_error(), "What to do where the step did not pass", default="fail"),
        "allow_failure": told(FLAG, "The flow can pass though the step did not", default=False),
        "tags": told(TEXTS, "Words to filter steps by"),
        "disabled": told(FLAG, "Leave the step out; it is recorded as skipped", default=False),
    }
    return {**closed(properties, "action"), "allOf": [_config_rule(name) for name in actions]}


def assertion_schema() -> Schema:
    """Return the schema of one assertion."""
    long = {
        "that": told(TEXT, "The expression that must be true"),
        "message": told(TEXT, "What to say where it is not; may hold references"),
    }
    return {"oneOf": [TEXT, closed(long, "that")]}


def _repetition() -> Schema:
    reasons: Schema = {"type": "array", "minItems": 1, "items": {"enum": ["error", "assertion", "timeout"]}}
    attempts: Schema = {"type": "integer", "minimum": 1, "maximum": MAX_ATTEMPTS}
    retry = {
        "max_attempts": told(attempts, "How often it is tried, the first time included"),
        "delay": told(DURATION, "Before the next attempt", default="0s"),
        "backoff": told({"enum": ["fixed", "exponential"]}, "Whether the delay doubles each time", default="fixed"),
        "max_delay": told(DURATION, "The longest delay", default="1m"),
        "on": told(reasons, "Why it is tried again; every reason where nothing is said"),
    }
    eventually = {
        "within": told(DURATION, "How long it is repeated"),
        "every": told(DURATION, "Between one attempt and the next", default="500ms"),
        "fail_fast": told(TEXT, "An expression that is true where waiting is in vain"),
    }
    return {
        "retry": told(closed(retry, "max_attempts"), "Try again, a number of times, where the step did not pass"),
        "eventually": told(
            {"oneOf": [DURATION, closed(eventually, "within")]}, "Repeat until the assertions hold or the time is up"
        ),
    }


def _on_error() -> Schema:
    choices: Schema = {"enum": ["fail", "continue"]}
    long = {
        "action": told(choices, "Whether the flow goes on", default="fail"),
        "steps": told(SOME_STEPS, "Steps that run where this one did not pass; error says why"),
    }
    return {"oneOf": [choices, closed(long, "steps")]}


def _config_rule(name: str) -> Schema:
    words = [name, *(alias for alias, meant in ALIASES.items() if meant == name)]
    chosen = {"properties": {"action": {"enum": words}}, "required": ["action"]}
    return {"if": chosen, "then": {"properties": {"config": {"$ref": f"#/$defs/config.{name}"}}}}
