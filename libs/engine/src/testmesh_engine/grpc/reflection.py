"""Asking a server what it offers, over the channel that calls it: gRPC server reflection, v1 and before it v1alpha."""

from typing import Any

from google.protobuf import descriptor_pb2 as pb
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError

from testmesh_engine.grpc.headers import Pairs
from testmesh_engine.grpc.library import aio, grpc
from testmesh_engine.grpc.link import letting_go
from testmesh_engine.grpc.proto_parser import parse_proto
from testmesh_engine.grpc.schema import Schema, bundled, message_class, pooled, unknown_service
from testmesh_engine.grpc.statuses import no_answer
from testmesh_engine.grpc.target import Target
from testmesh_sdk import ActionError

_PATHS = (
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
)
_CONVERSATION = """
syntax = "proto3";
message Question {
  oneof asked { string file = 3; string symbol = 4; string services = 7; }
}
message Answer {
  oneof answered { Files files = 4; Services services = 6; Refusal refusal = 7; }
}
message Files { repeated bytes file = 1; }
message Services { repeated Service service = 1; }
message Service { string name = 1; }
message Refusal { int32 code = 1; string message = 2; }
"""
"""What is said on the wire, the same in both versions; names are not on it."""
_MOST_FILES = 2_000
_UNIMPLEMENTED = grpc.StatusCode.UNIMPLEMENTED


async def reflected(
    channel: aio.Channel, target: Target, service: str, metadata: Pairs, seconds: float | None
) -> Schema:
    """Return what a server says of a service, and of all messages that it needs.

    Raises:
        ActionError: the server has no reflection, or not this service.
    """
    what = f"asking {target} by reflection for {service}"
    refused: aio.AioRpcError | None = None
    for path in _PATHS:
        talk = _Talk(channel.stream_stream(path)(metadata=metadata or None, timeout=seconds), what)
        try:
            with letting_go():
                return await talk.schema(service, f"the reflection of {target}")
        except aio.AioRpcError as error:
            refused = error
            if error.code() is not _UNIMPLEMENTED or no_answer(error.code(), error.details() or "", target, what):
                break
        finally:
            talk.end()
    assert refused is not None
    raise _no_reflection(refused, target, what)


def _no_reflection(error: aio.AioRpcError, target: Target, what: str) -> ActionError:
    code, details = error.code(), error.details() or ""
    if (unanswered := no_answer(code, details, target, what)) is not None:
        return unanswered
    if code is _UNIMPLEMENTED:
        hint = "name the proto files of the service in proto, or switch reflection on in the server"
        return ActionError("TM537", f"{what}: the server has no reflection; {hint}")
    said = f"{code.name}{f' ({details})' if details else ''}"
    hint = "does it want metadata such as authorization? Else name the proto files in proto"
    return ActionError("TM537", f"{what}: it answered {said}; {hint}")


class _Talk:
    """One conversation: questions and answers by turns."""

    def __init__(self, call: Any, what: str) -> None:
        pool = DescriptorPool()
        pool.AddSerializedFile(parse_proto("conversation", _CONVERSATION).SerializeToString())
        self._question: Any = message_class(pool.FindMessageTypeByName("Question"))
        self._answer: Any = message_class(pool.FindMessageTypeByName("Answer"))
        self._call = call
        self._what = what
        self._files: dict[str, pb.FileDescriptorProto] = {}

    def end(self) -> None:
        self._call.cancel()
        self._call = None

    async def schema(self, service: str, source: str) -> Schema:
        answer = await self._ask(symbol=service)
        if answer.HasField("refusal"):
            names = [one.name for one in (await self._ask(services="*")).services.service]
            if service in names:
                message = f"the server lists {service}, and gives no files of it: {answer.refusal.message}"
                raise ActionError("TM537", f"{self._what}: {message}; name its proto files in proto")
            raise unknown_service(service, names, source)
        self._take(answer)
        await self._fetch_missing()
        try:
            pool = pooled(self._files, bundled)
            pool.FindServiceByName(service)
        except KeyError:
            names = [f"{file.package}.{one.name}".lstrip(".") for file in self._files.values() for one in file.service]
            raise unknown_service(service, names, source) from None
        except TypeError as error:
            message = f"the files that it gave do not fit together: {error}; name the proto files in proto"
            raise ActionError("TM537", f"{self._what}: {message}") from error
        return Schema(pool, (service,), source)

    async def _fetch_missing(self) -> None:
        refused: set[str] = set()
        while True:
            wanted = {name for file in self._files.values() for name in file.dependency}
            wanted -= self._files.keys() | refused
            if not wanted or len(self._files) > _MOST_FILES:
                return
            for name in sorted(wanted):
                answer = await self._ask(file=name)
                self._take(answer)
                if name not in self._files:
                    refused.add(name)

    def _take(self, answer: Any) -> None:
        for data in answer.files.file:
            try:
                file = pb.FileDescriptorProto.FromString(data)
            except DecodeError as error:
                raise ActionError("TM537", f"{self._what}: it gave a file that cannot be read: {error}") from error
            self._files.setdefault(file.name, file)

    async def _ask(self, **question: str) -> Any:
        await self._call.write(self._question(**question).SerializeToString())
        data = await self._call.read()
        if data is aio.EOF:
            code, details = await self._call.code(), await self._call.details()
            message = f"the conversation ended with {code.name} {details or ''}".rstrip()
            raise ActionError("TM537", f"{self._what}: {message}; name the proto files in proto")
        try:
            return self._answer.FromString(data)
        except DecodeError as error:
            raise ActionError("TM537", f"{self._what}: an answer cannot be read: {error}") from error
