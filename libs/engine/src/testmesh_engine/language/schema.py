"""The language as JSON Schema, for editors; `parse_flow` is the judge, and says more."""

from typing import Any

from testmesh_engine.actions.registry import ActionRegistry, AnyAction
from testmesh_engine.language.config_schema import config_parts
from testmesh_engine.language.control_schema import CONTROL_DESCRIPTIONS, control_schemas
from testmesh_engine.language.document_schema import document_schema
from testmesh_engine.language.parse import built_in_actions
from testmesh_engine.language.schema_drafts import Draft, in_draft
from testmesh_engine.language.schema_parts import closed
from testmesh_engine.language.step_schema import assertion_schema, step_schema


def flow_schema(registry: ActionRegistry | None = None, draft: Draft = "2020-12") -> dict[str, Any]:
    """Return the schema of a flow that may use the actions of a registry (the built-in ones by default)."""
    actions = registry or built_in_actions()
    found = [action for action in map(actions.find, actions.names()) if action is not None]
    words = {action.name: described(action) for action in found} | CONTROL_DESCRIPTIONS
    definitions: dict[str, Any] = {
        "flow": document_schema(),
        "step": step_schema(words),
        "assertion": assertion_schema(),
        **{f"config.{name}": schema for name, schema in control_schemas().items()},
    }
    for action in found:
        definitions[f"config.{action.name}"], parts = config_parts(action)
        definitions.update(parts)
    wrapper = {"flow": {"$ref": "#/$defs/flow", "description": "The flow; the keys may also stand without this one"}}
    schema = {
        "title": "TestMesh flow",
        "if": {"type": "object", "required": ["flow"]},
        "then": closed(wrapper, "flow"),
        "else": {"$ref": "#/$defs/flow"},
        "$defs": definitions,
    }
    return in_draft(schema, draft)


def described(action: AnyAction) -> str:
    """Return what an action does, in a sentence."""
    return (action.__doc__ or "").strip().partition("\n")[0]
