"""The language as JSON Schema 2020-12, for editors; `parse_flow` is the judge, and says more."""

from typing import Any

from testmesh_engine.actions.registry import ActionRegistry, AnyAction
from testmesh_engine.language.inputs import TYPES
from testmesh_engine.language.limits import MAX_ATTEMPTS, MAX_NAME, MAX_STEPS
from testmesh_engine.language.parse import built_in_actions
from testmesh_sdk.durations import PATTERN

_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_FLAG = {"type": "boolean"}
_DURATION = {"type": "string", "pattern": PATTERN}
_WORD = {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"}
_REFERENCE = {"type": "string", "pattern": r"\$\{|\{\{"}


def flow_schema(registry: ActionRegistry | None = None) -> dict[str, Any]:
    """Return the schema of a flow that may use the actions of a registry (the built-in ones by default)."""
    actions = registry or built_in_actions()
    found = [action for action in map(actions.find, actions.names()) if action is not None]
    definitions: dict[str, Any] = {"step": _step(found), "flow": _flow(), "assertion": _assertion()}
    for action in found:
        definitions[f"config.{action.name}"] = _config(action, definitions)
    wrapped = _map({"flow": {"$ref": "#/$defs/flow"}}, "flow")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "TestMesh flow",
        "if": {"type": "object", "required": ["flow"]},
        "then": wrapped,
        "else": {"$ref": "#/$defs/flow"},
        "$defs": definitions,
    }


def _map(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _named(values: Any) -> dict[str, Any]:
    return {"type": "object", "propertyNames": _WORD, "additionalProperties": values}


def _flow() -> dict[str, Any]:
    steps = {"type": "array", "maxItems": MAX_STEPS, "items": {"$ref": "#/$defs/step"}}
    input_ = _map(
        {"type": {"enum": list(TYPES)}, "default": True, "required": _FLAG, "secret": _FLAG, "description": _TEXT}
    )
    properties = {
        "name": {"type": "string", "minLength": 1, "maxLength": MAX_NAME},
        "version": {"const": 1},
        "description": _TEXT,
        "suite": _TEXT,
        "tags": _TEXTS,
        "env": _named(True),
        "env_file": _TEXT,
        "inputs": _named(input_),
        "setup": steps,
        "steps": {**steps, "minItems": 1},
        "teardown": steps,
        "timeout": _DURATION,
        "queue_timeout": _DURATION,
        "environment": _TEXT,
        "priority": {"enum": ["high", "normal", "low"]},
        "on_runner_lost": {"enum": ["rerun", "fail"]},
        "max_runs": {"type": "integer", "minimum": 1, "maximum": 100},
        "outputs": _named(_TEXT),
    }
    return _map(properties, "name", "steps")


def _step(actions: list[AnyAction]) -> dict[str, Any]:
    output = {"oneOf": [_TEXT, _map({"from": _TEXT, "secret": _FLAG}, "from")]}
    retry = {
        "max_attempts": {"type": "integer", "minimum": 1, "maximum": MAX_ATTEMPTS},
        "delay": _DURATION,
        "backoff": {"enum": ["fixed", "exponential"]},
        "max_delay": _DURATION,
        "on": {"type": "array", "minItems": 1, "items": {"enum": ["error", "assertion", "timeout"]}},
    }
    properties = {
        "action": _TEXT,
        "id": _WORD,
        "name": {"type": "string", "maxLength": MAX_NAME},
        "description": _TEXT,
        "config": {"type": "object"},
        "assert": {"type": "array", "items": {"$ref": "#/$defs/assertion"}},
        "output": _named(output),
        "when": _TEXT,
        "retry": _map(retry, "max_attempts"),
        "eventually": {"oneOf": [_DURATION, _map({"within": _DURATION, "every": _DURATION}, "within")]},
        "timeout": _DURATION,
        "on_error": {"enum": ["fail", "continue"]},
        "allow_failure": _FLAG,
        "tags": _TEXTS,
        "disabled": _FLAG,
    }
    return {**_map(properties, "action"), "allOf": [_config_rule(action) for action in actions]}


def _assertion() -> dict[str, Any]:
    return {"oneOf": [_TEXT, _map({"that": _TEXT, "message": _TEXT}, "that")]}


def _config_rule(action: AnyAction) -> dict[str, Any]:
    chosen = {"properties": {"action": {"const": action.name}}, "required": ["action"]}
    return {"if": chosen, "then": {"properties": {"config": {"$ref": f"#/$defs/config.{action.name}"}}}}


def _config(action: AnyAction, definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a config, in which a reference can stand for any value."""
    schema = action.config.model_json_schema(ref_template="#/$defs/{model}")
    definitions.update(schema.pop("$defs", {}))
    members = schema.get("properties", {})
    schema["properties"] = {name: {"anyOf": [member, _REFERENCE]} for name, member in members.items()}
    return schema
