"""Messages, enums and their fields, as a proto file declares them."""

from typing import Any

from google.protobuf import descriptor_pb2 as pb

from testmesh_engine.grpc.proto_options import read_value, set_option
from testmesh_engine.grpc.proto_tokens import ProtoError
from testmesh_engine.grpc.proto_words import Words

_Field = pb.FieldDescriptorProto
SCALARS = {
    name.removeprefix("TYPE_").lower(): number
    for name, number in _Field.Type.items()
    if name not in ("TYPE_GROUP", "TYPE_MESSAGE", "TYPE_ENUM")
}
_LABELS = {"optional": _Field.LABEL_OPTIONAL, "required": _Field.LABEL_REQUIRED, "repeated": _Field.LABEL_REPEATED}
_MOST_DEPTH = 60
_MAX = 536_870_911


class Body(Words):
    """Reads what may stand inside a message."""

    is_proto3 = False

    def message(self, message: pb.DescriptorProto, depth: int) -> None:
        self.word()
        message.name = self.word()
        self._members(message, depth)

    def _members(self, message: pb.DescriptorProto, depth: int) -> None:
        if depth > _MOST_DEPTH:
            raise ProtoError(self.path, self.ahead.line, self.ahead.column, "messages are nested too deep")
        self.sign("{")
        synthetic: list[pb.FieldDescriptorProto] = []
        while not self.skip("}"):
            if not self.skip(";"):
                self._member(message, depth, synthetic)
        taken = {field.name for field in message.field}
        for field in synthetic:
            name = f"_{field.name}"
            while name in taken:
                name = f"X{name}"
            field.oneof_index = len(message.oneof_decl)
            message.oneof_decl.add(name=name)

    def _member(self, message: pb.DescriptorProto, depth: int, synthetic: list[pb.FieldDescriptorProto]) -> None:
        first = self.take()
        if first.kind == "sign" and first.value == ".":
            self._field(message.field, message.nested_type, f".{self.dotted()}", "", depth, synthetic)
            return
        if first.kind != "name":
            raise self.wrong("a field, or }", first)
        # each of these words may also be the type of a field, or begin its name
        declares = self.ahead.kind == "name"
        match first.value:
            case "message" if declares:
                self._named(message.nested_type.add(), depth)
            case "enum" if declares:
                self._enum_named(message.enum_type.add())
            case "oneof" if declares:
                self._oneof(message, depth)
            case "extend" if declares or self.ahead.value == ".":
                self._extended(message.extension, message.nested_type, depth)
            case "option" if declares or self.ahead.value == "(":
                set_option(self, message.options)
                self.sign(";")
            case "reserved" if self.ahead.value != ".":
                self._pass_over()
            case "extensions" if self.ahead.kind == "number":
                self._extensions(message)
            case "map" if self.ahead.value == "<":
                self._map(message)
            case "optional" | "required" | "repeated" if declares or self.ahead.value == ".":
                self._field(message.field, message.nested_type, self.type_name(), first.value, depth, synthetic)
            case _:
                kind = f"{first.value}.{self.dotted()}" if self.skip(".") else first.value
                self._field(message.field, message.nested_type, kind, "", depth, synthetic)

    def _extensions(self, message: pb.DescriptorProto) -> None:
        while True:
            start = end = self.number()
            if self.ahead.value == "to":
                self.word()
                end = _MAX if self.ahead.value == "max" else self.number()
                if self.ahead.value == "max":
                    self.word()
            message.extension_range.add(start=start, end=end + 1)
            if not self.skip(","):
                break
        self._pass_over()

    def _named(self, message: pb.DescriptorProto, depth: int) -> None:
        message.name = self.word()
        self._members(message, depth + 1)

    def _oneof(self, message: pb.DescriptorProto, depth: int) -> None:
        index = len(message.oneof_decl)
        oneof = message.oneof_decl.add(name=self.word())
        self.sign("{")
        while not self.skip("}"):
            if self.skip(";"):
                continue
            kind = self.type_name()
            if kind == "option" and (self.ahead.kind == "name" or self.ahead.value == "("):
                set_option(self, oneof.options)
                self.sign(";")
                continue
            self._field(message.field, message.nested_type, kind, "", depth, []).oneof_index = index

    def _field(
        self,
        fields: Any,
        nested: Any,
        kind: str,
        label: str,
        depth: int,
        synthetic: list[pb.FieldDescriptorProto],
    ) -> pb.FieldDescriptorProto:
        field: pb.FieldDescriptorProto = fields.add(label=_LABELS.get(label, _Field.LABEL_OPTIONAL))
        is_group = kind == "group" and self.ahead.kind == "name"
        name = self.word()
        field.name = name.lower() if is_group else name
        field.json_name = json_name(field.name)
        self._numbered(field)
        if is_group:
            field.type, field.type_name = _Field.TYPE_GROUP, name
        elif kind in SCALARS:
            field.type = SCALARS[kind]
        else:
            field.type_name = kind
        if self.skip("["):
            self._field_options(field)
        if is_group:
            self._members(nested.add(name=name), depth + 1)
        else:
            self.sign(";")
        if label == "optional" and self.is_proto3:
            field.proto3_optional = True
            synthetic.append(field)
        return field

    def _numbered(self, field: pb.FieldDescriptorProto) -> None:
        self.sign("=")
        token = self.ahead
        number = self.number()
        if not 1 <= number <= _MAX:
            raise ProtoError(self.path, token.line, token.column, f"a field's number is 1 to {_MAX}, not {number}")
        field.number = number

    def _field_options(self, field: pb.FieldDescriptorProto) -> None:
        while True:
            if self.ahead.value == "default":
                self.word()
                self.sign("=")
                field.default_value = _default(field, read_value(self))
            elif self.ahead.value == "json_name":
                self.word()
                self.sign("=")
                field.json_name = self.text()
            else:
                set_option(self, field.options)
            if self.skip("]"):
                return
            self.sign(",")

    def _map(self, message: pb.DescriptorProto) -> None:
        self.sign("<")
        key = self.ahead
        kinds = [self.type_name()]
        self.sign(",")
        kinds.append(self.type_name())
        self.sign(">")
        if kinds[0] not in SCALARS or kinds[0] in ("bytes", "float", "double"):
            raise self.wrong("a map's key, a whole number, a string or a bool,", key)
        name = self.word()
        entry = message.nested_type.add(name=_camel(name) + "Entry")
        entry.options.map_entry = True
        for number, (part, kind) in enumerate(zip(("key", "value"), kinds, strict=True), 1):
            inner = entry.field.add(name=part, json_name=part, number=number, label=_Field.LABEL_OPTIONAL)
            if kind in SCALARS:
                inner.type = SCALARS[kind]
            else:
                inner.type_name = kind
        field = message.field.add(name=name, json_name=json_name(name), label=_Field.LABEL_REPEATED)
        field.type, field.type_name = _Field.TYPE_MESSAGE, entry.name
        self._numbered(field)
        if self.skip("["):
            self._field_options(field)
        self.sign(";")

    def enum(self, enum: pb.EnumDescriptorProto) -> None:
        self.word()
        self._enum_named(enum)

    def _enum_named(self, enum: pb.EnumDescriptorProto) -> None:
        enum.name = self.word()
        self.sign("{")
        while not self.skip("}"):
            if self.skip(";"):
                continue
            name = self.word()
            if name == "option" and self.ahead.value != "=":
                set_option(self, enum.options)
                self.sign(";")
            elif name == "reserved" and self.ahead.value != "=":
                self._pass_over()
            else:
                self._enum_value(enum.value.add(name=name))

    def _enum_value(self, value: pb.EnumValueDescriptorProto) -> None:
        self.sign("=")
        value.number = self.number()
        if self.skip("["):
            while True:
                set_option(self, value.options)
                if self.skip("]"):
                    break
                self.sign(",")
        self.sign(";")

    def extend(self, fields: Any, nested: Any, depth: int) -> None:
        self.word()
        self._extended(fields, nested, depth)

    def _extended(self, fields: Any, nested: Any, depth: int) -> None:
        extendee = self.type_name()
        self.sign("{")
        while not self.skip("}"):
            if self.skip(";"):
                continue
            label = self.take().value if self.ahead.value in _LABELS else ""
            self._field(fields, nested, self.type_name(), label, depth, []).extendee = extendee

    def _pass_over(self) -> None:
        while not self.skip(";"):
            if self.take().kind == "end":
                raise self.wrong('";"')


def _default(field: pb.FieldDescriptorProto, value: Any) -> str:
    text = "" if value is None else str(value)
    if field.type == _Field.TYPE_BYTES:
        data = text.encode("latin-1", "replace")
        return "".join(chr(byte) if 32 <= byte < 127 and byte != ord("\\") else f"\\{byte:03o}" for byte in data)
    return str(int(text, 16)) if text.lower().startswith(("0x", "-0x")) else text


def json_name(name: str) -> str:
    """Return a field's name as JSON spells it: each `_` makes the next letter a capital."""
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def _camel(name: str) -> str:
    camel = json_name(name)
    return camel[:1].upper() + camel[1:]
