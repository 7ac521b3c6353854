"""A message as plain values: every field by its name in the proto file, those that hold nothing, too.

So an assertion can read a zero, and a mistyped name is an error and no nil.
"""

import base64
import math
import struct
from typing import Any

from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

_WRAPPERS = frozenset(
    f"google.protobuf.{kind}Value"
    for kind in ("Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes")
)
_WRITTEN = frozenset(
    f"google.protobuf.{kind}" for kind in ("Timestamp", "Duration", "FieldMask", "Struct", "Value", "ListValue")
)
"""Messages with a form of their own in JSON, which protobuf writes."""
_ANY = "google.protobuf.Any"


def plain(message: Message, pool: DescriptorPool) -> Any:
    """Return a message as its author reads it."""
    name = message.DESCRIPTOR.full_name
    if name in _WRAPPERS:
        return _scalar(message.DESCRIPTOR.fields_by_name["value"], getattr(message, "value"))  # noqa: B009 - dynamic
    if name == _ANY:
        return _any(message, pool)
    if name in _WRITTEN:
        return _written(message)
    found = {field.name: _field(message, field, pool) for field in message.DESCRIPTOR.fields}
    for field, value in message.ListFields():
        if field.is_extension:
            found[f"[{field.full_name}]"] = _value(field, value, pool)
    return found


def _field(message: Message, field: Any, pool: DescriptorPool) -> Any:
    if field.has_presence and not message.HasField(field.name):
        return None
    value = getattr(message, field.name)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        inner = field.message_type.fields_by_name["value"]
        return {_key(key): _one(inner, value[key], pool) for key in value}
    return _value(field, value, pool)


def _value(field: FieldDescriptor, value: Any, pool: DescriptorPool) -> Any:
    return [_one(field, each, pool) for each in value] if field.is_repeated else _one(field, value, pool)


def _one(field: FieldDescriptor, value: Any, pool: DescriptorPool) -> Any:
    return plain(value, pool) if field.message_type is not None else _scalar(field, value)


def _scalar(field: Any, value: Any) -> Any:
    if field.enum_type is not None:
        known = field.enum_type.values_by_number.get(value)
        return value if known is None else known.name
    if field.type == FieldDescriptor.TYPE_BYTES:
        return base64.b64encode(value).decode()
    if isinstance(value, float) and not math.isfinite(value):
        return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
    if field.type == FieldDescriptor.TYPE_FLOAT:
        return _shortest(value)
    return value


def _shortest(value: float) -> float:
    """Return the number that a `float` was written as: 0.1, and not the 0.10000000149… that is nearest to it."""
    exact = struct.pack("f", value)
    texts = (f"{value:.{digits}g}" for digits in range(6, 9))
    return next((float(text) for text in texts if struct.pack("f", float(text)) == exact), value)


def _key(key: Any) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)


def _written(message: Message) -> Any:
    try:
        return json_format.MessageToDict(message)
    except (json_format.Error, ValueError):  # a moment before year 1, a Value of no kind
        return {
            field.name: getattr(message, field.name) for field in message.DESCRIPTOR.fields if not field.is_repeated
        }


def _any(message: Any, pool: DescriptorPool) -> Any:
    try:
        inner = GetMessageClass(pool.FindMessageTypeByName(message.type_url.rpartition("/")[2]))()
        inner.ParseFromString(message.value)
    except (KeyError, DecodeError):
        return {"@type": message.type_url, "value": base64.b64encode(message.value).decode()}
    found = plain(inner, pool)
    is_map = isinstance(found, dict) and inner.DESCRIPTOR.full_name not in _WRITTEN
    return {"@type": message.type_url, **(found if is_map else {"value": found})}
