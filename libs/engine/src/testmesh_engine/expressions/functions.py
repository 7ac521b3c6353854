"""The one table of functions: what is not in it cannot be called."""

from collections.abc import Callable
from typing import NamedTuple

from testmesh_engine.expressions import on_lists, on_numbers, on_texts, on_times, paths
from testmesh_engine.expressions.limits import MAX_ITEMS
from testmesh_engine.expressions.schemas import matches_schema
from testmesh_engine.expressions.xpath import xpath


class Function(NamedTuple):
    """A function of the language: how many arguments it takes, and what it does with them in a frame."""

    least: int
    most: int
    call: Callable[..., object]


FUNCTIONS = {
    "len": Function(1, 1, on_lists.length),
    "keys": Function(1, 1, on_lists.keys),
    "values": Function(1, 1, on_lists.values),
    "first": Function(1, 1, on_lists.first),
    "last": Function(1, 1, on_lists.last),
    "unique": Function(1, 1, on_lists.unique),
    "sort": Function(1, 2, on_lists.sort),
    "reverse": Function(1, 1, on_lists.reverse),
    "min": Function(2, MAX_ITEMS, on_lists.least),
    "max": Function(2, MAX_ITEMS, on_lists.greatest),
    "join": Function(1, 2, on_texts.join),
    "split": Function(2, 2, on_texts.split),
    "trim": Function(1, 2, on_texts.trim),
    "upper": Function(1, 1, on_texts.upper),
    "lower": Function(1, 1, on_texts.lower),
    "replace": Function(3, 3, on_texts.replace),
    "to_json": Function(1, 1, on_texts.to_json),
    "from_json": Function(1, 1, on_texts.from_json),
    "base64": Function(1, 1, on_texts.base64),
    "from_base64": Function(1, 1, on_texts.from_base64),
    "string": Function(1, 1, on_texts.string),
    "is_uuid": Function(1, 1, on_texts.is_uuid),
    "is_email": Function(1, 1, on_texts.is_email),
    "is_url": Function(1, 1, on_texts.is_url),
    "is_iso_date": Function(1, 1, on_texts.is_iso_date),
    "type": Function(1, 1, on_numbers.type_name),
    "int": Function(1, 1, on_numbers.integer),
    "float": Function(1, 1, on_numbers.real),
    "abs": Function(1, 1, on_numbers.absolute),
    "round": Function(1, 2, on_numbers.rounded),
    "floor": Function(1, 1, on_numbers.floor),
    "ceil": Function(1, 1, on_numbers.ceil),
    "approx": Function(3, 3, on_numbers.approx),
    "now": Function(0, 0, on_times.now),
    "date": Function(1, 1, on_times.as_time),
    "duration": Function(1, 1, on_times.as_duration),
    "jsonpath": Function(2, 2, paths.jsonpath),
    "xpath": Function(2, 2, xpath),
    "matches_schema": Function(2, 2, matches_schema),
}

FROM_SCOPE = {"random_int": (2, 2), "random_string": (1, 1), "fake": (1, 2)}
"""Functions that the scope supplies (see generators), with how many arguments they take."""

_SPELLINGS = {
    "toJSON": "to_json",
    "fromJSON": "from_json",
    "toBase64": "base64",
    "to_base64": "base64",
    "fromBase64": "from_base64",
    "uniq": "unique",
    "sortBy": "sort_by",
    "groupBy": "group_by",
    "jsonPath": "jsonpath",
    "xPath": "xpath",
    "matchesSchema": "matches_schema",
    "isUUID": "is_uuid",
    "isUuid": "is_uuid",
    "isEmail": "is_email",
    "isURL": "is_url",
    "isUrl": "is_url",
    "isISODate": "is_iso_date",
    "isIsoDate": "is_iso_date",
    "randomInt": "random_int",
    "randomString": "random_string",
}


def spelled(name: str) -> str:
    """The first spelling of a function's name."""
    return _SPELLINGS.get(name, name)


def signature(name: str) -> tuple[int, int] | None:
    """How many arguments a function takes, or None where there is no such function."""
    if name in FUNCTIONS:
        return FUNCTIONS[name].least, FUNCTIONS[name].most
    return FROM_SCOPE.get(name)


def function_names() -> list[str]:
    """Every name that can be called, predicates aside."""
    return sorted({*FUNCTIONS, *FROM_SCOPE, *_SPELLINGS})
