"""Answers that are none: what a tested system must live with when a service of its own breaks."""

import asyncio
import socket
import struct

from aiohttp import web

from testmesh_engine.actions.mock_server_start import Fault
from testmesh_engine.mocks.answers import Written

_GARBAGE = b"\x15\x03\x01\x00\x02\x02\x46 this is no HTTP \xff\xfe\r\n\r\n"
_LEAST_ANNOUNCED = 64
_LINGER_NOT = struct.pack("ii", 1, 0)


async def break_answer(fault: Fault, written: Written, request: web.BaseRequest, stopping: asyncio.Event) -> None:
    """Do to the connection what the fault says; nothing can be sent over it then."""
    transport = request.transport
    if transport is None:
        return
    if fault == "hang":
        await stopping.wait()
        transport.abort()
    elif fault == "reset":
        _reset(transport)
    else:
        transport.write(_half(written) if fault == "truncated" else _GARBAGE)
        transport.close()


def _reset(transport: asyncio.Transport) -> None:
    """End a connection with RST, as a process that died does: it does not linger until all is sent."""
    found = transport.get_extra_info("socket")
    if found is not None:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    transport.abort()


def _half(written: Written) -> bytes:
    announced = max(len(written.body), _LEAST_ANNOUNCED)
    lines = [f"HTTP/1.1 {written.status} Truncated", f"Content-Length: {announced}"]
    lines += [f"{name}: {value}" for name, value in written.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + written.body[: announced // 2]
