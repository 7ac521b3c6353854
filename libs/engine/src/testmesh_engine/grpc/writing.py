"""Plain values as a message; what does not fit is told with the field's path."""

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import EncodeError, Message
from google.protobuf.message_factory import GetMessageClass

from testmesh_engine.language.diagnostics import did_you_mean
from testmesh_engine.language.nodes import kind
from testmesh_sdk import ActionError

_RANGES = {
    FieldDescriptor.CPPTYPE_INT32: ("int32", -(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_UINT32: ("uint32", 0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_INT64: ("int64", -(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT64: ("uint64", 0, 2**64 - 1),
}
_FLOATS = (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT)
_NO_NUMBERS = ("NaN", "Infinity", "-Infinity")
_OWN_FORM = "google.protobuf."
MOST_FAULTS = 10


def encoded(value: Any, descriptor: Descriptor, pool: DescriptorPool, where: str, what: str) -> bytes:
    """Return a request's bytes; nothing given is the empty message.

    Raises:
        ActionError: a field is not there, or takes something else.
    """
    value = {} if value is None else value
    faults = [fault for fault, _ in zip(_message(value, descriptor, where), range(MOST_FAULTS), strict=False)]
    if faults:
        raise ActionError("TM535", f"{what}: the request does not fit {descriptor.full_name}: {'; '.join(faults)}")
    message: Message = GetMessageClass(descriptor)()
    try:
        json_format.ParseDict(value, message, descriptor_pool=pool)
        return message.SerializeToString()
    except (json_format.ParseError, EncodeError, ValueError, TypeError, RecursionError) as error:
        said = " ".join(str(error).split())
        raise ActionError("TM535", f"{what}: {where} does not fit {descriptor.full_name}: {said}") from error


def _message(value: Any, descriptor: Descriptor, path: str) -> Iterator[str]:
    if descriptor.full_name.startswith(_OWN_FORM):  # a moment, a duration and the like: protobuf reads their texts
        return
    if not isinstance(value, dict):
        yield f"{path} is a map of {descriptor.full_name}, here is {kind(value)}"
        return
    fields = {field.name: field for field in descriptor.fields}
    by_json = {field.json_name: field for field in descriptor.fields}
    for name, inner in value.items():
        at = f"{path}.{name}"
        field = fields.get(name) or by_json.get(name)
        if field is None and not str(name).startswith("["):
            yield f"{at}: {descriptor.full_name} has no such field; {did_you_mean(str(name), fields) or 'it has none'}"
        elif field is not None and inner is not None:
            yield from _field(inner, field, at)


def _field(value: Any, field: FieldDescriptor, path: str) -> Iterator[str]:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        if not isinstance(value, dict):
            yield f"{path} is a map, here is {kind(value)}"
            return
        inner = field.message_type.fields_by_name["value"]
        for key, each in value.items():
            yield from _one(each, inner, f"{path}.{key}")
    elif field.is_repeated:
        if not isinstance(value, list):
            yield f"{path} is a list, here is {kind(value)}"
            return
        for number, each in enumerate(value):
            yield from _one(each, field, f"{path}[{number}]")
    else:
        yield from _one(value, field, path)


def _one(value: Any, field: FieldDescriptor, path: str) -> Iterator[str]:
    if field.message_type is not None:
        yield from _message(value, field.message_type, path)
    elif field.enum_type is not None:
        yield from _enum(value, field.enum_type, path)
    elif (wrong := _scalar(value, field)) is not None:
        shown = "" if value is None or isinstance(value, dict | list) else f" ({value!r})"
        yield f"{path} is {wrong}, here is {kind(value)}{shown}"


def _enum(value: Any, enum: EnumDescriptor, path: str) -> Iterator[str]:
    if isinstance(value, str):
        if value not in enum.values_by_name:
            yield f"{path}: {enum.full_name} has no {value!r}; {did_you_mean(value, enum.values_by_name)}"
    elif isinstance(value, bool) or not isinstance(value, int):
        yield f"{path} is a name of {enum.full_name}, here is {kind(value)}"


def _scalar(value: Any, field: FieldDescriptor) -> str | None:
    """Say what a field takes, where the value is something else."""
    if field.cpp_type in _RANGES:
        name, least, most = _RANGES[field.cpp_type]
        number = _whole(value)
        return None if number is not None and least <= number <= most else f"a whole number ({name})"
    if field.cpp_type in _FLOATS:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return None if is_number or value in _NO_NUMBERS or _is_float(value) else "a number"
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return None if isinstance(value, bool) else "true or false"
    if not isinstance(value, str):
        return "base64" if field.type == FieldDescriptor.TYPE_BYTES else "text"
    return "base64" if field.type == FieldDescriptor.TYPE_BYTES and not _is_base64(value) else None


def _whole(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = int(value)
    except (ValueError, OverflowError):
        return None
    return number if isinstance(value, str) or number == value else None


def _is_float(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        float(value)
    except ValueError:
        return False
    return True


def _is_base64(value: str) -> bool:
    text = value.replace("-", "+").replace("_", "/")
    try:
        base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
