"""The config of an action as JSON Schema, from its model."""

from typing import Any

from testmesh_engine.actions.registry import AnyAction
from testmesh_engine.language.schema_drafts import Draft, in_draft
from testmesh_engine.language.schema_parts import REFERENCE, Schema

_SHOWN = ("description", "default", "examples")


def config_schema(action: AnyAction, draft: Draft = "2020-12") -> Schema:
    """Return the schema of an action's config, whole in itself."""
    schema, definitions = config_parts(action)
    return in_draft({**schema, "$defs": definitions} if definitions else schema, draft)


def config_parts(action: AnyAction) -> tuple[Schema, Schema]:
    """Return the schema of an action's config and what it refers to; a reference can stand for any value."""
    schema = action.config.model_json_schema(ref_template=f"#/$defs/{action.name}.{{model}}")
    definitions = schema.pop("$defs", {})
    told = {f"{action.name}.{name}": _with_references(part) for name, part in definitions.items()}
    return _with_references(schema), told


def _with_references(schema: Schema) -> Schema:
    """Return a model's schema in which each member may be a reference, without the titles that pydantic makes up."""
    told = {key: member for key, member in schema.items() if key not in ("title", "properties")}
    members = {name: _open(member) for name, member in schema.get("properties", {}).items()}
    return {**told, "properties": members} if members else told


def _open(member: Schema) -> Schema:
    shown = {key: member[key] for key in _SHOWN if key in member}
    values: dict[str, Any] = {key: found for key, found in member.items() if key not in (*_SHOWN, "title")}
    return {**shown, "anyOf": [values, REFERENCE]}
