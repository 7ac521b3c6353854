"""The language as JSON Schema 2020-12, for editors; `parse_flow` is the judge, and says more."""

from typing import Any

from testmesh_engine.actions.registry import ActionRegistry, AnyAction
from testmesh_engine.language.control_schema import (
    DURATION,
    FLAG,
    REFERENCE,
    SOME_STEPS,
    STEPS,
    TEXT,
    TEXTS,
    WORD,
    closed,
    control_schemas,
    flow_keys,
    named,
    on_error,
)
from testmesh_engine.language.controls import CONTROL_ACTIONS
from testmesh_engine.language.inputs import TYPES
from testmesh_engine.language.limits import MAX_ATTEMPTS, MAX_NAME
from testmesh_engine.language.parse import built_in_actions


def flow_schema(registry: ActionRegistry | None = None) -> dict[str, Any]:
    """Return the schema of a flow that may use the actions of a registry (the built-in ones by default)."""
    actions = registry or built_in_actions()
    found = [action for action in map(actions.find, actions.names()) if action is not None]
    definitions: dict[str, Any] = {"step": _step(found), "flow": _flow(), "assertion": _assertion()}
    for action in found:
        definitions[f"config.{action.name}"] = _config(action, definitions)
    definitions.update({f"config.{name}": schema for name, schema in control_schemas().items()})
    wrapped = closed({"flow": {"$ref": "#/$defs/flow"}}, "flow")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "TestMesh flow",
        "if": {"type": "object", "required": ["flow"]},
        "then": wrapped,
        "else": {"$ref": "#/$defs/flow"},
        "$defs": definitions,
    }


def _flow() -> dict[str, Any]:
    input_ = closed(
        {"type": {"enum": list(TYPES)}, "default": True, "required": FLAG, "secret": FLAG, "description": TEXT}
    )
    properties = {
        "name": {"type": "string", "minLength": 1, "maxLength": MAX_NAME},
        "version": {"const": 1},
        "description": TEXT,
        "suite": TEXT,
        "tags": TEXTS,
        "env": named(True),
        "env_file": TEXT,
        "inputs": named(input_),
        "setup": STEPS,
        "steps": SOME_STEPS,
        "teardown": STEPS,
        "timeout": DURATION,
        "queue_timeout": DURATION,
        "environment": TEXT,
        "priority": {"enum": ["high", "normal", "low"]},
        "on_runner_lost": {"enum": ["rerun", "fail"]},
        "max_runs": {"type": "integer", "minimum": 1, "maximum": 100},
        **flow_keys(),
    }
    return closed(properties, "name", "steps")


def _step(actions: list[AnyAction]) -> dict[str, Any]:
    output = {"oneOf": [TEXT, closed({"from": TEXT, "secret": FLAG}, "from")]}
    eventually = {"within": DURATION, "every": DURATION, "fail_fast": TEXT}
    retry = {
        "max_attempts": {"type": "integer", "minimum": 1, "maximum": MAX_ATTEMPTS},
        "delay": DURATION,
        "backoff": {"enum": ["fixed", "exponential"]},
        "max_delay": DURATION,
        "on": {"type": "array", "minItems": 1, "items": {"enum": ["error", "assertion", "timeout"]}},
    }
    properties = {
        "action": TEXT,
        "id": WORD,
        "name": {"type": "string", "maxLength": MAX_NAME},
        "description": TEXT,
        "config": {"type": "object"},
        "assert": {"type": "array", "items": {"$ref": "#/$defs/assertion"}},
        "output": named(output),
        "when": TEXT,
        "retry": closed(retry, "max_attempts"),
        "eventually": {"oneOf": [DURATION, closed(eventually, "within")]},
        "timeout": DURATION,
        "on_error": on_error(),
        "allow_failure": FLAG,
        "tags": TEXTS,
        "disabled": FLAG,
    }
    names = [*(action.name for action in actions), *CONTROL_ACTIONS]
    return {**closed(properties, "action"), "allOf": [_config_rule(name) for name in names]}


def _assertion() -> dict[str, Any]:
    return {"oneOf": [TEXT, closed({"that": TEXT, "message": TEXT}, "that")]}


def _config_rule(name: str) -> dict[str, Any]:
    chosen = {"properties": {"action": {"const": name}}, "required": ["action"]}
    return {"if": chosen, "then": {"properties": {"config": {"$ref": f"#/$defs/config.{name}"}}}}


def _config(action: AnyAction, definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a config, in which a reference can stand for any value."""
    schema = action.config.model_json_schema(ref_template="#/$defs/{model}")
    definitions.update(schema.pop("$defs", {}))
    members = schema.get("properties", {})
    schema["properties"] = {name: {"anyOf": [member, REFERENCE]} for name, member in members.items()}
    return schema
