"""The same schema in the drafts that editors read: 2020-12, and draft-07 for those that know nothing newer."""

from typing import Any, Literal

Draft = Literal["2020-12", "07"]
META: dict[Draft, str] = {
    "2020-12": "https://json-schema.org/draft/2020-12/schema",
    "07": "http://json-schema.org/draft-07/schema#",
}


def in_draft(schema: dict[str, Any], draft: Draft) -> dict[str, Any]:
    """Return a schema that was written in 2020-12 in the words of a draft."""
    told: dict[str, Any] = schema if draft == "2020-12" else _older(schema)
    return {"$schema": META[draft], **told}


def _older(value: Any) -> Any:
    if isinstance(value, list):
        return [_older(member) for member in value]
    if not isinstance(value, dict):
        return value
    told = {"definitions" if key == "$defs" else key: _older(member) for key, member in value.items()}
    if "prefixItems" in told:
        told["additionalItems"] = told.pop("items", True)
        told["items"] = told.pop("prefixItems")
    target = told.pop("$ref", None)
    if not isinstance(target, str):
        return told
    reference = {"$ref": target.replace("#/$defs/", "#/definitions/")}
    return {**told, "allOf": [reference]} if told else reference
