"""One call, from a step's config to its result."""

import asyncio
import hashlib
import posixpath
from typing import Any

from google.protobuf.descriptor import Descriptor, MethodDescriptor
from google.protobuf.message import DecodeError

from testmesh_engine.actions.grpc_call import GrpcCallConfig, GrpcCallResult
from testmesh_engine.grpc.exchange import Ended, Question, carry_out
from testmesh_engine.grpc.headers import Pairs, pairs, readable
from testmesh_engine.grpc.library import aio
from testmesh_engine.grpc.link import IDLE_S, close_link, open_link, settled
from testmesh_engine.grpc.proto_imports import needed
from testmesh_engine.grpc.reading import plain
from testmesh_engine.grpc.reflection import reflected
from testmesh_engine.grpc.schema import Schema, message_class, schema_of_files
from testmesh_engine.grpc.target import Target, find_target
from testmesh_engine.grpc.writing import encoded
from testmesh_sdk import ActionContext, ActionError

_FOR_THE_WAY = 0.5
"""Seconds that a call ends before the step does, so that it is the one that says what it waited for."""


async def call(config: GrpcCallConfig, context: ActionContext) -> GrpcCallResult:
    """Call a method and read all that it answers.

    Raises:
        ActionError: nobody was asked, or nobody answered.
    """
    what = f"{config.service}/{config.method} on {config.address}"
    metadata = pairs(config.metadata, context.traceparent)
    target = await find_target(config, context)
    context.activity = f"connecting to {target}"
    async with context.resources.borrow(
        ("grpc", target), lambda: open_link(target), close_link, idle_s=IDLE_S
    ) as channel:
        await settled(channel)
        schema = await _schema(config, context, channel, target, metadata)
        method = schema.method(config.service, config.method)
        question = Question(
            f"/{config.service}/{config.method}",
            what,
            _requests(config, method, schema, what),
            method.client_streaming,
            method.server_streaming,
            metadata,
            config.deadline,
            _left(context),
            config.take,
        )
        context.activity = f"calling {what}"
        ended = await carry_out(question, channel, target)
    return _result(ended, method, schema, what)


async def _schema(
    config: GrpcCallConfig, context: ActionContext, channel: aio.Channel, target: Target, metadata: Pairs
) -> Schema:
    """Return what the server offers; an execution asks once."""
    if config.proto is None:
        context.activity = f"asking {target} by reflection for {config.service}"
        return await context.execution.get(
            ("grpc reflection", target, config.service),
            lambda: reflected(channel, target, config.service, metadata, _left(context)),
            _nothing,
        )
    listed = [posixpath.normpath(path) for path in ([config.proto] if isinstance(config.proto, str) else config.proto)]
    context.activity = f"reading {', '.join(listed)}"
    files = await context.execution.get(
        ("grpc files", context.flow_file, tuple(listed)), lambda: _files(listed, context), _nothing
    )
    digest = hashlib.sha256(repr((listed, sorted(files.items()))).encode()).hexdigest()

    async def compiled() -> Schema:
        return await asyncio.to_thread(schema_of_files, files, listed)

    async with context.resources.borrow(("grpc schema", digest), compiled, _nothing, idle_s=IDLE_S) as schema:
        return schema


async def _files(listed: list[str], context: ActionContext) -> dict[str, bytes]:
    search = needed(listed)
    try:
        wanted = next(search)
        while True:
            wanted = search.send(await _file(wanted, listed, context))
    except StopIteration as done:
        found: dict[str, bytes] = done.value
        return found


async def _file(path: str, listed: list[str], context: ActionContext) -> bytes | None:
    """Return a file; one that is only looked for may be elsewhere."""
    try:
        return await context.read_file(path)
    except ActionError:
        if path in listed:
            raise
        return None


async def _nothing(_kept: object) -> None:
    """Close what holds nothing open."""


def _requests(config: GrpcCallConfig, method: MethodDescriptor, schema: Schema, what: str) -> list[bytes]:
    takes: Descriptor = method.input_type
    if method.client_streaming:
        if config.request is not None:
            raise ActionError("TM536", f"{what} takes a stream of {takes.full_name}: give requests, a list")
        given = config.requests or []
        return [encoded(each, takes, schema.pool, f"requests[{number}]", what) for number, each in enumerate(given)]
    if config.requests is not None:
        raise ActionError("TM536", f"{what} takes one {takes.full_name}: give request, a map")
    if config.take is not None and not method.server_streaming:
        raise ActionError("TM536", f"{what} gives one {method.output_type.full_name}: leave take out")
    return [encoded(config.request, takes, schema.pool, "request", what)]


def _result(ended: Ended, method: MethodDescriptor, schema: Schema, what: str) -> GrpcCallResult:
    made: Any = message_class(method.output_type)
    try:
        found = [plain(made.FromString(data), schema.pool) for data in ended.responses]
    except DecodeError as error:
        message = f"a response is no {method.output_type.full_name}: {error}; are the proto files those of the server?"
        raise ActionError("TM538", f"{what}: {message}") from error
    return GrpcCallResult(
        status_code=ended.code.value[0],
        status=ended.code.name,
        message=ended.details if ended.by == "server" else "",
        ended_by=ended.by,
        response=found[0] if found and not method.server_streaming else None,
        responses=found,
        metadata=readable(ended.metadata),
        trailers=readable(ended.trailers),
    )


def _left(context: ActionContext) -> float | None:
    if context.deadline is None:
        return None
    left = context.deadline - asyncio.get_running_loop().time()
    return max(left - _FOR_THE_WAY, left * 0.8, 0.001)
