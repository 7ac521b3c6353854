"""What a server can be asked: its services, and the messages that they take and give."""

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any, NamedTuple

from google.protobuf import descriptor_pb2 as pb
from google.protobuf.descriptor import Descriptor, MethodDescriptor, ServiceDescriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from testmesh_engine.grpc.proto_imports import BUNDLED, place_in
from testmesh_engine.grpc.proto_parser import parse_proto
from testmesh_engine.grpc.proto_tokens import ProtoError
from testmesh_engine.language.diagnostics import did_you_mean
from testmesh_sdk import ActionError

_BUNDLED = ("any", "api", "descriptor", "duration", "empty", "field_mask", "source_context", "struct", "timestamp",
            "type", "wrappers")  # fmt: skip


class Schema(NamedTuple):
    """Services and their messages; `source` says in words where they were found."""

    pool: DescriptorPool
    services: tuple[str, ...]
    source: str

    def method(self, service: str, name: str) -> MethodDescriptor:
        """Return a method of a service.

        Raises:
            ActionError: one of them is not there; the message names the nearest.
        """
        try:
            found: ServiceDescriptor = self.pool.FindServiceByName(service)
        except KeyError:
            raise unknown_service(service, self.services, self.source) from None
        method: MethodDescriptor | None = found.methods_by_name.get(name)
        if method is None:
            hint = did_you_mean(name, found.methods_by_name)
            raise ActionError("TM530", f"the service {service} has no method {name!r}, says {self.source}; {hint}")
        return method


def unknown_service(service: str, known: Iterable[str], source: str) -> ActionError:
    """Return the error of a service that is not there; the last part of a name may be enough to find the right one."""
    names = list(known)
    last = service.rpartition(".")[2]
    same = [name for name in names if name.rpartition(".")[2].lower() == last.lower()]
    hint = f'did you mean "{same[0]}"?' if same else did_you_mean(service, names)
    return ActionError("TM530", f"there is no service {service!r}, says {source}; {hint or 'look at its name'}")


def message_class(descriptor: Descriptor) -> type[Message]:
    return GetMessageClass(descriptor)


def schema_of_files(files: Mapping[str, bytes], listed: list[str]) -> Schema:
    """Return what proto files declare.

    Raises:
        ActionError: they cannot be read, or lack one another.
    """
    shown = ", ".join(listed)
    missing: list[str] = []
    found: dict[str, pb.FileDescriptorProto] = {}
    try:
        for path, data in files.items():
            found[path] = file = parse_proto(path, data.decode("utf-8-sig"))
            _place_imports(file, files, listed, missing)
        pool = pooled(found, bundled)
    except (ProtoError, UnicodeError) as error:
        raise ActionError("TM531", f"the proto files of the step cannot be read: {error}") from error
    except TypeError as error:
        also = f"; not found beside the flow: {', '.join(sorted(set(missing)))}" if missing else ""
        raise ActionError("TM531", f"the proto files {shown} do not fit together: {_reason(error)}{also}") from error
    names = [f"{file.package}.{one.name}".lstrip(".") for file in found.values() for one in file.service]
    return Schema(pool, tuple(names), shown)


def pooled(
    files: Mapping[str, pb.FileDescriptorProto], missing: Callable[[str], pb.FileDescriptorProto | None]
) -> DescriptorPool:
    """Return a pool with the files, each behind what it depends on; `missing` may give a file that is not there.

    Raises:
        TypeError: they do not fit together.
    """
    pool = DescriptorPool()
    done: dict[str, bool] = {}

    def add(name: str, file: pb.FileDescriptorProto) -> None:
        if name in done:
            if not done[name]:
                raise TypeError(f"{name} imports itself")
            return
        done[name] = False
        for other in list(file.dependency):
            needed = files.get(other) or missing(other)
            if needed is not None:
                add(other, needed)
        pool.AddSerializedFile(file.SerializeToString())
        done[name] = True

    for name, file in files.items():
        add(name, file)
    return pool


def bundled(name: str) -> pb.FileDescriptorProto | None:
    """Return one of the files that come with protobuf."""
    short = name.removeprefix(BUNDLED).removesuffix(".proto")
    if short not in _BUNDLED:
        return None
    module: Any = import_module(f"google.protobuf.{short}_pb2")
    return pb.FileDescriptorProto.FromString(module.DESCRIPTOR.serialized_pb)


def _place_imports(
    file: pb.FileDescriptorProto, files: Mapping[str, bytes], listed: list[str], missing: list[str]
) -> None:
    """Name what is imported by where it is; what is nowhere may only have had options."""
    kept = []
    for name in file.dependency:
        place = name if bundled(name) else place_in(name, file.name, listed, files)
        if place is None:
            missing.append(name)
        else:
            kept.append(place)
    del file.dependency[:], file.public_dependency[:]
    file.dependency.extend(dict.fromkeys(kept))


def _reason(error: TypeError) -> str:
    return str(error).removeprefix("Couldn't build proto file into descriptor pool: ").strip()
