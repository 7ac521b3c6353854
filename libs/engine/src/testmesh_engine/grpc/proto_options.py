"""Options of a proto file: those that protobuf itself knows are set, custom ones are passed over."""

from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from testmesh_engine.grpc.proto_words import Words

_PAIRS = {"{": "}", "<": ">", "[": "]"}
_TEXT = (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES)


def set_option(words: Words, options: Any) -> None:
    """Read `name = value` into the options."""
    target: Any = options
    names: list[str] = []
    while True:
        if words.skip("("):
            words.type_name()
            words.sign(")")
            target = None
        else:
            names.append(words.word())
        if not words.skip("."):
            break
    words.sign("=")
    value = read_value(words)
    for name in names[:-1]:
        known = target is not None and name in target.DESCRIPTOR.fields_by_name
        target = getattr(target, name) if known else None
        if not isinstance(target, Message):
            return
    if target is not None and names:
        _set(target, names[-1], value)


def read_value(words: Words) -> Any:
    """Return a value: a text, a number, a name; None for one in braces, whose words are passed over."""
    token = words.ahead
    if token.kind == "sign" and token.value in _PAIRS:
        _pass_over(words)
        return None
    if token.kind == "text":
        return words.text()
    sign = "-" if words.skip("-") else ""
    if words.ahead.kind not in ("name", "number"):
        raise words.wrong("a value")
    return sign + words.take().value


def _pass_over(words: Words) -> None:
    open_ones = [_PAIRS[words.take().value]]
    while open_ones:
        token = words.take()
        if token.kind == "end":
            raise words.wrong(f'"{open_ones[-1]}"')
        if token.kind == "sign" and token.value in _PAIRS:
            open_ones.append(_PAIRS[token.value])
        elif token.kind == "sign" and token.value == open_ones[-1]:
            open_ones.pop()


def _set(options: Message, name: str, value: Any) -> None:
    field = options.DESCRIPTOR.fields_by_name.get(name)
    if field is None or value is None or field.is_repeated or field.message_type is not None:
        return
    if field.type == FieldDescriptor.TYPE_BOOL:
        setattr(options, name, value == "true")
    elif field.enum_type is not None:
        known = field.enum_type.values_by_name.get(value)
        if known is not None:
            setattr(options, name, known.number)
    elif field.type in _TEXT:
        setattr(options, name, value)
