"""`matches_schema`: JSON Schema 2020-12 or draft-07, offline, with RE2 for patterns and steps for a bound."""

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from testmesh_engine.expressions.errors import LimitExceededError, MistakenArgumentError, TypeMismatchError, cut
from testmesh_engine.expressions.frames import Frame
from testmesh_engine.expressions.schema_words import allows_everything, misspelled
from testmesh_engine.expressions.values import described, kind, plain, shown, to_json

if TYPE_CHECKING:
    from testmesh_engine.expressions.metered_schemas import MeteredSchema

_MAX_SCHEMA = 100_000
_MOST_FAULTS = 5
_SHOWN = 80


class Fault(NamedTuple):
    """Where a value does not fit, and what was expected there."""

    path: str
    message: str


@lru_cache(maxsize=64)
def _compiled(written: str) -> "MeteredSchema":
    from testmesh_engine.expressions.metered_schemas import read_schema

    return read_schema(json.loads(written))


def matches_schema(frame: Frame, value: object, schema: object) -> object:
    """Tell whether a value fits; the faults are left in the frame for the assertion to tell."""
    if kind(schema) not in ("map", "bool"):
        raise TypeMismatchError(f"matches_schema() takes a schema as a map, not {described(schema)}")
    written = to_json(schema, frame)
    if len(written) > _MAX_SCHEMA:
        raise LimitExceededError(f"a schema is at most {_MAX_SCHEMA} characters")
    wrong = misspelled(schema)
    if wrong:
        raise MistakenArgumentError(f"matches_schema() is given a schema with an unknown keyword: {wrong}")
    try:
        faults = _compiled(written).faults(plain(value, frame), frame, _MOST_FAULTS + 1 if frame.watching else 1)
    except ValueError as error:
        raise MistakenArgumentError(f"matches_schema(): {error}") from None
    except RecursionError:
        raise LimitExceededError("matches_schema() meets values or `$ref`s nested too deep") from None
    if not faults:
        asks_nothing = allows_everything(schema)
        frame.doubt("matches_schema", "the schema of matches_schema() allows everything", dispelled=not asks_nothing)
        return True
    frame.tell(_told(fault) for fault in faults[:_MOST_FAULTS])
    if len(faults) > _MOST_FAULTS:
        frame.tell(["… (more faults are not shown)"])
    return False


def _told(fault: Fault) -> str:
    return f"{fault.path or 'the value'}: {fault.message}"


def worded(error: Any) -> Fault:
    """A fault of the library in our words."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
    found, wanted = shown(error.instance, _SHOWN), error.validator_value
    match error.validator:
        case "type":
            names = wanted if isinstance(wanted, list) else [wanted]
            message = f"is {described(error.instance)}, expected {' or '.join(map(str, names))}"
        case "required":
            missing = [name for name in wanted if name not in error.instance]
            message = f"has no `{missing[0]}`, which is required" if missing else error.message
        case "const":
            message = f"is {found}, expected {shown(wanted, _SHOWN)}"
        case "enum":
            message = f"is {found}, expected one of {shown(wanted, _SHOWN)}"
        case "pattern":
            message = f"is {found}, which does not match {cut(str(wanted), _SHOWN)}"
        case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf":
            message = f"is {found}, expected {error.validator} {shown(wanted, _SHOWN)}"
        case "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties":
            message = f"is {found} of length {len(error.instance)}, expected {error.validator} {shown(wanted, _SHOWN)}"
        case _:
            message = cut(str(error.message), 2 * _SHOWN)
    return Fault(path, message)
