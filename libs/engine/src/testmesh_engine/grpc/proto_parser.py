"""A proto file to a FileDescriptorProto: proto2, proto3 and editions. Custom options are passed over.

Names of types stay as they are written; the descriptor pool finds what they mean.
"""

from google.protobuf import descriptor_pb2 as pb

from testmesh_engine.grpc.proto_body import Body
from testmesh_engine.grpc.proto_options import set_option
from testmesh_engine.grpc.proto_tokens import ProtoError


def parse_proto(path: str, source: str) -> pb.FileDescriptorProto:
    """Return what a proto file declares; `path` is the name that it gets.

    Raises:
        ProtoError: it cannot be read.
    """
    parser = _Parser(path, source)
    parser.file()
    return parser.found


class _Parser(Body):
    def __init__(self, path: str, source: str) -> None:
        super().__init__(path, source)
        self.found = pb.FileDescriptorProto(name=path)

    def file(self) -> None:
        while self.ahead.kind != "end":
            word = self.ahead.value
            if self.skip(";"):
                continue
            if word in ("syntax", "edition"):
                self._version(word)
            elif word == "import":
                self._import()
            elif word == "package":
                self.word()
                self.found.package = self.dotted()
                self.sign(";")
            elif word == "option":
                self.option(self.found.options)
            elif word == "message":
                self.message(self.found.message_type.add(), 0)
            elif word == "enum":
                self.enum(self.found.enum_type.add())
            elif word == "extend":
                self.extend(self.found.extension, self.found.message_type, 0)
            elif word == "service":
                self._service(self.found.service.add())
            else:
                raise self.wrong("message, enum, service, import, package, option or extend")

    def _version(self, word: str) -> None:
        self.word()
        self.sign("=")
        token = self.ahead
        said = self.text()
        self.sign(";")
        if word == "edition":
            names = {name.removeprefix("EDITION_"): number for name, number in pb.Edition.items()}
            if said not in names:
                raise ProtoError(self.path, token.line, token.column, f'the edition "{said}" is not known here')
            self.found.syntax, self.found.edition = "editions", names[said]
        elif said in ("proto2", "proto3"):
            self.found.syntax = said
            self.is_proto3 = said == "proto3"
        else:
            raise ProtoError(self.path, token.line, token.column, f'the syntax "{said}" is neither proto2 nor proto3')

    def _import(self) -> None:
        self.word()
        kind = self.word() if self.ahead.kind == "name" else ""
        if kind == "public":
            self.found.public_dependency.append(len(self.found.dependency))
        name = self.text()
        if kind != "option":
            self.found.dependency.append(name)
        self.sign(";")

    def _service(self, service: pb.ServiceDescriptorProto) -> None:
        self.word()
        service.name = self.word()
        self.sign("{")
        while not self.skip("}"):
            if self.skip(";"):
                continue
            if self.ahead.value == "option":
                self.option(service.options)
            elif self.ahead.value == "rpc":
                self._method(service.method.add())
            else:
                raise self.wrong("rpc, option or }")

    def _method(self, method: pb.MethodDescriptorProto) -> None:
        self.word()
        method.name = self.word()
        method.client_streaming, method.input_type = self._side()
        if self.word() != "returns":
            raise self.wrong('"returns" behind what the method takes')
        method.server_streaming, method.output_type = self._side()
        if self.skip(";"):
            return
        self.sign("{")
        while not self.skip("}"):
            if not self.skip(";"):
                self.option(method.options)

    def _side(self) -> tuple[bool, str]:
        self.sign("(")
        name = self.type_name()
        streams = name == "stream" and self.ahead.value != ")"
        if streams:
            name = self.type_name()
        self.sign(")")
        return streams, name

    def option(self, options: object) -> None:
        """Read `option name = value;`."""
        if self.word() != "option":
            raise self.wrong("option or }")
        set_option(self, options)
        self.sign(";")
