"""What the model of a config has against its values, in the words of who writes flows."""

from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ValidationError

from testmesh_engine.expressions.errors import cut
from testmesh_engine.language.diagnostics import did_you_mean
from testmesh_engine.language.nodes import kind

Path = tuple[str | int, ...]
_LONGEST = 40
_KINDS = {
    "string": "text", "int": "a whole number", "float": "a number", "bool": "true or false", "list": "a list",
    "tuple": "a list", "set": "a list", "dict": "a map", "model": "a map", "mapping": "a map", "none": "nothing",
}  # fmt: skip
_OF_A_KIND = ("_type", "_parsing", "_required", "_from_float", "_attributes_type")
_BOUNDS = {
    "greater_than": ("more than", "gt"), "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"), "less_than_equal": ("at most", "le"),
}  # fmt: skip
_LENGTHS = {
    "string_too_short": ("fewer than", "min_length", "characters"),
    "string_too_long": ("more than", "max_length", "characters"),
    "too_short": ("fewer than", "min_length", "items"),
    "too_long": ("more than", "max_length", "items"),
}


class ConfigFault(NamedTuple):
    """One thing that is wrong: at a value, or at the map in which `key` is unknown or missing."""

    kind: Literal["unknown", "missing", "value", "whole"]
    """`whole`: what is said of a map or a list may hold whatever its members are."""
    path: Path
    key: str
    message: str
    hint: str = ""


def config_faults(model: type[BaseModel], values: Any, error: ValidationError) -> list[ConfigFault]:
    """Return what is wrong, once for each place: a value of no kind of several is told by all of them."""
    of_a_kind: dict[Path, list[str]] = {}
    found: list[ConfigFault] = []
    for fault in error.errors(include_url=False, include_input=False):
        told, wanted = _told(model, values, fault), _wanted(fault["type"])
        if wanted is None:
            found.append(told)
        elif told.path not in of_a_kind:
            of_a_kind[told.path] = [wanted]
            found.append(told)
        elif wanted not in of_a_kind[told.path]:
            of_a_kind[told.path].append(wanted)
    return [_of_kinds(fault, of_a_kind.get(fault.path, []), values) for fault in found]


def _told(model: type[BaseModel], values: Any, fault: Any) -> ConfigFault:
    type_, loc = fault["type"], tuple(fault["loc"])
    if type_ == "extra_forbidden":
        path, key = _members(values, loc[:-1]), str(loc[-1])
        return ConfigFault("unknown", path, key, f'unknown key "{key}"', did_you_mean(key, _siblings(model, loc)))
    if type_ == "missing":
        path, key = _members(values, loc[:-1]), str(loc[-1])
        return ConfigFault("missing", path, key, f'"{_spelled((*path, key))}" is missing')
    path = _members(values, loc)
    value = _at(values, path)
    message, hint = _said(fault, _spelled(path), value)
    whole = type_ == "value_error" and isinstance(value, dict)
    return ConfigFault("whole" if whole else "value", path, "", message, hint)


def _said(fault: Any, name: str, value: Any) -> tuple[str, str]:
    type_, context = fault["type"], fault.get("ctx", {})
    if type_ == "literal_error":
        choices = [word.strip("'") for word in context["expected"].replace(" or ", ", ").split(", ")]
        return f'"{name}" cannot be {_shown(value)}', did_you_mean(str(value), choices)
    if type_ in _BOUNDS:
        word, key = _BOUNDS[type_]
        return f'"{name}" is {word} {context[key]}, here is {_shown(value)}', ""
    if type_ in ("string_too_short", "too_short") and not value:
        return f'"{name}" is empty', ""
    if type_ in _LENGTHS:
        word, key, what = _LENGTHS[type_]
        return f'"{name}" has {word} {context[key]} {what}', ""
    if type_ == "string_pattern_mismatch":
        return f'"{name}" cannot be {_shown(value)}: it does not match {context["pattern"]}', ""
    said = fault["msg"].removeprefix("Value error, ")
    return f"{name}: {said}" if fault["loc"] else said, ""


def _wanted(type_: str) -> str | None:
    """Return the kind of value that an error of pydantic's asks for, where that is what it says."""
    if not type_.endswith(_OF_A_KIND):
        return None
    return _KINDS.get(type_.partition("_")[0])


def _of_kinds(fault: ConfigFault, wanted: list[str], values: Any) -> ConfigFault:
    if not wanted or fault.kind != "value":
        return fault
    value = _at(values, fault.path)
    one_of = [word for word in wanted if word != "a whole number" or "a number" not in wanted]
    *others, last = one_of
    words = f"{', '.join(others)} or {last}" if others else last
    here = f"the text {_shown(value)}" if isinstance(value, str) else kind(value)
    if isinstance(value, float) and "a whole number" in one_of:
        here = str(value)
    return fault._replace(message=f'"{_spelled(fault.path)}" is {words}, here is {here}', hint=_remedy(one_of, value))


def _remedy(wanted: list[str], value: Any) -> str:
    if isinstance(value, str):
        numeric = "a number" in wanted or "a whole number" in wanted
        is_number = numeric and value.strip().replace(".", "", 1).lstrip("-").isdigit()
        is_flag = "true or false" in wanted and value in ("true", "false")
        return "leave out the quotes" if is_number or is_flag else ""
    return "put it in quotes" if "text" in wanted and isinstance(value, bool | int | float) else ""


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return f'"{cut(value, _LONGEST)}"'
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else kind(value)


def _spelled(path: Path) -> str:
    return ".".join(str(part) for part in path) or "config"


def _members(values: Any, loc: Iterable[str | int]) -> Path:
    """Walk as far as the values go; parts of a location that name a type of a union are no members."""
    return tuple(part for part, _ in _walked(values, loc))


def _at(values: Any, path: Path) -> Any:
    for _, member in _walked(values, path):
        values = member
    return values


def _walked(values: Any, loc: Iterable[str | int]) -> Iterator[tuple[str | int, Any]]:
    for part in loc:
        in_list = isinstance(values, list) and isinstance(part, int) and part < len(values)
        if in_list or (isinstance(values, dict) and part in values):
            values = values[part]
            yield part, values


def _siblings(model: Any, loc: Path) -> list[str]:
    fields = getattr(model, "model_fields", {})
    for part in loc[:-1]:
        annotation = getattr(fields.get(str(part)), "annotation", None)
        candidates = [annotation, *getattr(annotation, "__args__", ())]
        fields = next((found.model_fields for found in candidates if hasattr(found, "model_fields")), {})
    return list(fields)
