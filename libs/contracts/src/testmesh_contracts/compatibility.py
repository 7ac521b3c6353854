"""What a newer schema takes away from an older one: bodies that were valid and no longer are, fields that left."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from testmesh_contracts.message import JsonObject

_FLOORS = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_CEILINGS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_ANY = "any value"


def breaking_changes(old_schema: JsonObject, new_schema: JsonObject) -> list[str]:
    """Return each change that breaks who keeps to the old schema, as `place: what changed`; none: additive."""
    return list(_Comparison(old_schema, new_schema).changes(old_schema, new_schema, ""))


def breaking_release(old: Path, new: Path) -> list[str]:
    """Compare two folders of topics' schemas; a topic that is gone is a breaking change."""
    found: list[str] = []
    for path in sorted(old.glob("*.schema.json")):
        topic, later = path.name.removesuffix(".schema.json"), new / path.name
        if not later.exists():
            found.append(f"{topic}: the topic was removed")
            continue
        changes = breaking_changes(from_json(path.read_bytes()), from_json(later.read_bytes()))
        found += [f"{topic} {change}" for change in changes]
    return found


@dataclass
class _Comparison:
    """One walk through two schemas side by side; each pair of definitions is compared once."""

    old_root: JsonObject
    new_root: JsonObject
    seen: set[tuple[str, str]] = field(default_factory=set)

    def changes(self, old: JsonObject, new: JsonObject, place: str) -> Iterator[str]:
        yield from self._parts(old, new, place)
        pair = (old.get("$ref", ""), new.get("$ref", ""))
        if all(pair):
            if pair in self.seen:
                return
            self.seen.add(pair)
        old, new = _resolved(old, self.old_root), _resolved(new, self.new_root)
        befores, afters = _branches(old, self.old_root), _branches(new, self.new_root)
        if len(befores) == len(afters) == 1:
            ((kind, before),), ((_, after),) = befores.items(), afters.items()
            if (before, after) == (old, new):
                yield from self._shape(old, new, place)
            else:
                yield from self.changes(before, after, place if kind in _PLAIN else f"{place}<{kind}>")
            return
        for kind, before in befores.items():
            found = afters.get(kind) or afters.get(_ANY) or (afters.get("number") if kind == "integer" else None)
            if found is None:
                yield f"{place or '/'}: {kind!r} was removed from what is allowed"
            else:
                yield from self.changes(before, found, place if kind in _PLAIN else f"{place}<{kind}>")

    def _parts(self, old: JsonObject, new: JsonObject, place: str) -> Iterator[str]:
        """Compare what stands beside the alternatives: the default, and the results of the replies' topic."""
        if old.get("default", _ANY) != new.get("default", _ANY) and "default" in old:
            yield f"{place or '/'}: the default {old['default']!r} became {new.get('default', 'none')!r}"
        for name, before in old.get("x-results", {}).items():
            after = new.get("x-results", {}).get(name)
            if after is None:
                yield f"/x-results/{name}: the result was removed"
            else:
                yield from self.changes(before, after, f"/x-results/{name}")

    def _shape(self, old: JsonObject, new: JsonObject, place: str) -> Iterator[str]:
        yield from _narrowed(old, new, place or "/")
        yield from self._properties(old, new, place)
        for key in ("items", "additionalProperties", "propertyNames"):
            before, after = old.get(key, True), new.get(key, True)
            if after is False and before is not False:
                yield f"{place}/{key}: no longer allowed"
            elif isinstance(after, dict) and before is not False:
                yield from self.changes(before if isinstance(before, dict) else {}, after, f"{place}/{key}")

    def _properties(self, old: JsonObject, new: JsonObject, place: str) -> Iterator[str]:
        after = new.get("properties", {})
        for name, was in old.get("properties", {}).items():
            if name not in after:
                yield f"{place}/{name}: the property was removed"
            else:
                yield from self.changes(was, after[name], f"{place}/{name}")
        for name in new.get("required", []):
            if name not in old.get("required", []):
                yield f"{place}/{name}: the property is newly required"


_PLAIN = frozenset((_ANY, "null", "boolean", "integer", "number", "string", "array", "object"))


def _resolved(schema: JsonObject, root: JsonObject) -> JsonObject:
    """Follow a reference inside one document; what stands beside it stays."""
    found = schema
    while "$ref" in found:
        target: Any = root
        for part in found["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        found = {**target, **{key: value for key, value in found.items() if key != "$ref"}}
    return found


def _branches(schema: JsonObject, root: JsonObject) -> dict[str, JsonObject]:
    """Return the alternatives of a schema by what tells them apart: the type they say, else the JSON type."""
    resolved = _resolved(schema, root)
    options = resolved.get("anyOf") or resolved.get("oneOf")
    if options is None:
        return {_kind(resolved): schema}
    found: dict[str, JsonObject] = {}
    for option in options:
        found |= _branches(option, root)
    return found


def _kind(schema: JsonObject) -> str:
    said = schema.get("properties", {}).get("type", {})
    return str(said.get("const") or schema.get("type") or _ANY)


def _narrowed(old: JsonObject, new: JsonObject, place: str) -> Iterator[str]:
    before, after = old.get("type"), new.get("type")
    if after is not None and before != after and (before, after) != ("integer", "number"):
        yield f"{place}: the type {before or _ANY!r} became {after!r}"
    allowed, was = _values(new), _values(old)
    if allowed is not None and (was is None or not all(value in allowed for value in was)):
        gone = was and [value for value in was if value not in allowed]
        yield f"{place}: the allowed values lost {gone!r}" if gone else f"{place}: newly limited to {allowed!r}"
    for key in ("format", "pattern"):
        if new.get(key) is not None and old.get(key) != new[key]:
            yield f"{place}: the {key} {old.get(key, 'free')!r} became {new[key]!r}"
    for key in _FLOORS:
        if key in new and (key not in old or new[key] > old[key]):
            yield f"{place}: {key} rose from {old.get(key, 'none')!r} to {new[key]!r}"
    for key in _CEILINGS:
        if key in new and (key not in old or new[key] < old[key]):
            yield f"{place}: {key} fell from {old.get(key, 'none')!r} to {new[key]!r}"


def _values(schema: JsonObject) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    values: list[Any] | None = schema.get("enum")
    return values
