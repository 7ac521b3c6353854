"""The JSON Schema library, made to count what it does; imported when the first schema is met.

Keywords that would use Python's own regular expressions or compare each with each are ours.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from itertools import islice
from typing import Any

from jsonschema import Draft7Validator, Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable

from testmesh_engine.expressions.errors import cut
from testmesh_engine.expressions.frames import Frame
from testmesh_engine.expressions.paths import searched
from testmesh_engine.expressions.schema_formats import FORMATS
from testmesh_engine.expressions.schemas import Fault, worded
from testmesh_engine.expressions.values import equal, fingerprint

Keyword = Callable[[Any, Any, Any, Any], Iterable[ValidationError] | None]

_current: ContextVar[Frame] = ContextVar("evaluation whose steps a schema spends")
_COST = 4
_SEVENTH = "http://json-schema.org/draft-07/schema"
_LATEST = "https://json-schema.org/draft/2020-12/schema"
_EACH_WITH_EACH = (Draft202012Validator.VALIDATORS["unevaluatedProperties"],
                   Draft202012Validator.VALIDATORS["unevaluatedItems"])  # fmt: skip


def _size(value: object) -> int:
    return len(value) if isinstance(value, dict | list) else 1


class _Map(dict[str, Any]):
    """A map that the library's messages do not spell out: each fault inside of it would do so again."""

    def __repr__(self) -> str:
        return f"(a map of {len(self)})"


class _List(list[Any]):
    """Likewise a list."""

    def __repr__(self) -> str:
        return f"(a list of {len(self)})"


class _Text(str):
    """Likewise a text."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(str(self[:60]))


def _quiet(value: object) -> Any:
    if isinstance(value, dict):
        return _Map((key, _quiet(item)) for key, item in value.items())
    if isinstance(value, list):
        return _List(map(_quiet, value))
    return _Text(value) if isinstance(value, str) else value


def _metered(keyword: Keyword) -> Keyword:
    def judge(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        _current.get().spend(_COST + _size(instance) + _size(value))
        if keyword in _EACH_WITH_EACH:
            _current.get().spend(_size(instance) ** 2)
        yield from keyword(validator, value, instance, schema) or ()

    return judge


def _found(pattern: str, text: str) -> bool:
    return searched(pattern, str(text), _current.get(), whole=False)


def _pattern(_: Any, value: str, instance: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not _found(value, instance):
        yield ValidationError("does not match the pattern")


def _pattern_properties(validator: Any, value: Mapping[str, Any], instance: Any, _: Any) -> Iterator[ValidationError]:
    if isinstance(instance, dict):
        for pattern, subschema in value.items():
            for key, item in instance.items():
                if _found(pattern, key):
                    yield from validator.descend(item, subschema, path=key, schema_path=pattern)


def _beyond(instance: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    return [key for key in instance if key not in known and not any(_found(pattern, key) for pattern in patterns)]


def _additional(validator: Any, value: Any, instance: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    for key in _beyond(instance, schema):
        if value is False:
            yield ValidationError(f"has `{cut(key, 60)}`, and no other keys than those of the schema are allowed")
        else:
            yield from validator.descend(instance[key], value, path=key)


def _unique(_: Any, value: bool, instance: Any, __: Any) -> Iterator[ValidationError]:
    if not value or not isinstance(instance, list):
        return
    seen: dict[object, int] = {}
    for place, item in enumerate(instance):
        first = seen.setdefault(fingerprint(item, _current.get()), place)
        if first != place:
            yield ValidationError(f"has the same element at {first} and {place}, and they should be unique")
            return


def _const(_: Any, value: Any, instance: Any, __: Any) -> Iterator[ValidationError]:
    if not equal(value, instance, _current.get()):
        yield ValidationError("is another value")


def _enum(_: Any, value: list[Any], instance: Any, __: Any) -> Iterator[ValidationError]:
    if not any(equal(one, instance, _current.get()) for one in value):
        yield ValidationError("is none of the values")


_OWN: dict[str, Keyword] = {
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional,
    "uniqueItems": _unique,
    "const": _const,
    "enum": _enum,
}


def _extended(draft: Any) -> Any:
    keywords = {**draft.VALIDATORS, **_OWN}
    made: Any = extend(draft, {name: _metered(keyword) for name, keyword in keywords.items()})  # type: ignore[no-untyped-call]  # the library ships no types
    return made


_DRAFTS = {_LATEST: _extended(Draft202012Validator), _SEVENTH: _extended(Draft7Validator)}
_META: dict[str, Any] = {_LATEST: Draft202012Validator, _SEVENTH: Draft7Validator}


class MeteredSchema:
    """A schema whose every keyword is paid for by the evaluation that uses it."""

    def __init__(self, validator: Validator) -> None:
        self._validator = validator

    def faults(self, value: object, frame: Frame, most: int) -> list[Fault]:
        """Return the first faults of a value.

        Raises:
            ValueError: a `$ref` leads nowhere, or what it leads to is no schema.
        """
        token = _current.set(frame)
        try:
            return [worded(error) for error in islice(self._validator.iter_errors(_quiet(value)), most)]
        except Unresolvable as error:
            raise ValueError(
                f"the `$ref` {cut(str(error.ref), 80)} leads nowhere; other documents are not fetched"
            ) from None
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"a `$ref` leads to what is no schema: {error}") from None
        finally:
            _current.reset(token)


def _mentions(schema: object, word: str) -> bool:
    pending = [schema]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            if word in part:
                return True
            pending.extend(part.values())
        elif isinstance(part, list):
            pending.extend(part)
    return False


def read_schema(schema: Any) -> MeteredSchema:
    """Return the schema of a map; ValueError where it is none."""
    named = schema.get("$schema", _LATEST) if isinstance(schema, dict) else _LATEST
    dialect = named.rstrip("#") if isinstance(named, str) else named
    if dialect not in _DRAFTS:
        raise ValueError(f"`$schema` is {cut(str(named), 80)}; known are {_LATEST} and {_SEVENTH}#")
    if _mentions(schema, "unevaluatedProperties") and _mentions(schema, "patternProperties"):
        raise ValueError("`unevaluatedProperties` is not supported beside `patternProperties`; name the properties")
    try:
        _META[dialect].check_schema(schema)
    except SchemaError as error:
        place = "/".join(map(str, error.absolute_path))
        raise ValueError(f"the schema is wrong at /{cut(place, 80)}: {cut(error.message, 160)}") from None
    return MeteredSchema(_DRAFTS[dialect](schema, registry=Registry(), format_checker=FORMATS))
