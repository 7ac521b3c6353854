"""What is no answer of a server: an error that says what was tried, what came back, and what to do."""

import asyncio
import json
import socket
import subprocess
import sys
from contextlib import asynccontextmanager, contextmanager

import pytest

pytestmark = pytest.mark.integration
PREFACE = 24
HTTP2_SETTINGS = b"\0\0\0\4\0\0\0\0\0" + b"\0\0\0\4\1\0\0\0\0"


PASSES_ON = """
import asyncio, sys
async def copy(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
async def each(reader, writer):
    far_reader, far_writer = await asyncio.open_connection("127.0.0.1", int(sys.argv[2]))
    await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer))
async def main():
    server = await asyncio.start_server(each, "127.0.0.1", int(sys.argv[1]))
    print("there", flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


class Fake(asyncio.Protocol):
    """A peer that answers bytes with bytes."""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        pass


class Web(Fake):
    def data_received(self, data):
        self.transport.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        self.transport.close()


class Http2(Fake):
    """Speaks as much HTTP/2 as is needed to answer the first stream with some bytes."""

    def __init__(self, reply):
        self.reply, self.kept, self.greeted = reply, b"", False

    def data_received(self, data):
        self.kept += data
        if not self.greeted and len(self.kept) >= PREFACE:
            self.greeted, self.kept = True, self.kept[PREFACE:]
            self.transport.write(HTTP2_SETTINGS)
        while self.greeted and len(self.kept) >= 9:
            size = 9 + int.from_bytes(self.kept[:3], "big")
            if len(self.kept) < size:
                return
            head, self.kept = self.kept[:9], self.kept[size:]
            if head[3] == 1:
                self.transport.write(self.reply(head[5:]))


@asynccontextmanager
async def answering(make):
    """Give the address of a listener that is no proper gRPC server."""
    made = []

    def connected():
        made.append(make())
        return made[-1]

    server = await asyncio.get_running_loop().create_server(connected, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for each in made:
            each.transport.abort()
        await asyncio.sleep(0.01)  # the loop closes what was aborted


@pytest.fixture
def asks(fault_of, tmp_path):
    """Call with a proto file, so that the call itself is the first thing that is said."""
    (tmp_path / "a.proto").write_text(
        'syntax = "proto3"; package a; message M { string x = 1; } service S { rpc Call(M) returns (M); }'
    )
    from testmesh_engine.actions import BUILT_IN, ActionRegistry
    from testmesh_engine.executor.sources import FolderSources

    class Here(FolderSources):
        async def file(self, path, owner):
            return (tmp_path / path).read_bytes()

    async def carry_out(address, **config):
        sources = Here(ActionRegistry(BUILT_IN))
        return await fault_of("a.S", "Call", address=address, proto="a.proto", sources=sources, **config)

    return carry_out


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream + payload


def field(name, value):
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


async def test_nothing_that_listens_is_told(fault_of, asks):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        for code, message in (await asks(address), await fault_of("a.S", "Call", address=address)):
            assert code == "TM532"
            assert f"no connection to {address}: connection refused: nothing listens there" in message


async def test_a_host_without_an_address_is_told(fault_of):
    code, message = await fault_of("a.S", "Call", address="nowhere.invalid:50051")

    assert code == "TM431"
    assert "nowhere.invalid" in message


@pytest.mark.parametrize(
    "address",
    ["localhost", "http://127.0.0.1:50051", "127.0.0.1:0", "127.0.0.1:70000", "::1:50051", "a@b:1", "a:b", ":123"],
)
async def test_an_address_that_is_none_is_told(fault_of, address):
    code, message = await fault_of("a.S", "Call", address=address)

    assert code == "TM539"
    assert "write host:port" in message


async def test_a_server_of_http_is_told_from_one_of_grpc(asks):
    async with answering(Web) as address:
        code, message = await asks(address)

    assert code == "TM534"
    assert "speaks no gRPC" in message


@pytest.mark.parametrize("status", [b"401", b"404", b"503"])
async def test_an_http_status_is_no_status_of_grpc(asks, status):
    def reply(stream):
        return frame(1, 5, stream, field(b":status", status) + field(b"content-type", b"text/html"))

    async with answering(lambda: Http2(reply)) as address:
        code, message = await asks(address)

    assert code == "TM534"
    assert f"the HTTP status {status.decode()}" in message


@pytest.mark.parametrize(
    ("name", "reply"),
    {
        "no status": lambda stream: (
            frame(1, 4, stream, b"\x88" + field(b"content-type", b"application/grpc"))
            + frame(1, 5, stream, field(b"a", b"b"))
        ),
        "reset": lambda stream: frame(3, 0, stream, b"\0\0\0\2"),
        "refused stream": lambda stream: frame(3, 0, stream, b"\0\0\0\7"),
        "cancelled": lambda stream: frame(3, 0, stream, b"\0\0\0\x08"),
        "gone away": lambda _: frame(7, 0, b"\0\0\0\0", b"\0\0\0\0\0\0\0\x0benhance your calm"),
        "ok and no message": lambda stream: frame(
            1, 5, stream, b"\x88" + field(b"content-type", b"application/grpc") + field(b"grpc-status", b"0")
        ),
    }.items(),
)
async def test_a_call_that_breaks_off_has_no_status(asks, name, reply):
    async with answering(lambda: Http2(reply)) as address:
        code, message = await asks(address, timeout="5s")

    assert code == "TM534", (name, message)


async def test_a_status_that_a_server_sends_without_words_is_data(asks):
    def reply(stream):
        headers = b"\x88" + field(b"content-type", b"application/grpc") + field(b"grpc-status", b"14")
        return frame(1, 5, stream, headers)

    async with answering(lambda: Http2(reply)) as address:
        with pytest.raises(AssertionError, match="'passed' == 'error'"):  # it passed, where the fixture wants an error
            await asks(address)


async def test_a_server_that_dies_during_the_call_is_an_error(a_peer, fault_of):
    with a_peer() as found:
        code, message = await fault_of("probe.Probe", "Fail", address=found["v1"], request={"dies": True})

    assert code == "TM534"
    assert "broke off before the server gave a status" in message
    assert "cannot be known" in message


async def test_a_listener_that_says_nothing_is_an_error_in_time(fault_of):
    async with answering(Fake) as address:
        code, message = await fault_of("a.S", "Call", address=address, timeout="400ms")

    assert code in ("TM410", "TM534")
    assert address in message


@pytest.fixture
def pass_on(peer):
    """Start a process that passes on what comes to a port."""

    @contextmanager
    def run(port):
        command = [sys.executable, "-c", PASSES_ON, str(port), peer["v1"].rpartition(":")[2]]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            yield
            process.terminate()

    return run


async def test_a_server_that_comes_later_is_found(play, pass_on):
    """A connection that failed is no reason to wait with the next one."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = {"address": f"127.0.0.1:{port}", "service": "probe.Probe", "method": "Caller"}
    flow = {
        "name": "a",
        "steps": [{"id": "a", "action": "grpc_call", "config": config, "assert": ["status_code == 0"]}],
    }
    assert (await play(json.dumps(flow)))["a"].error_code == "TM532"

    with pass_on(port):
        played = await play(json.dumps(flow))

    assert played.outcome.status == "passed", played["a"].error_message


@pytest.mark.parametrize(
    ("service", "method", "said"),
    [
        ("shop.Inventroy", "GetStock", 'did you mean "shop.Inventory"?'),
        ("Inventory", "GetStock", 'did you mean "shop.Inventory"?'),
        ("shop.Inventory", "GetStok", 'did you mean "GetStock"?'),
        ("shop.Inventory", "Burn", "known here: Deliver, GetStock, Haggle, WatchStock"),
        ("shop.Stock", "GetStock", "there is no service 'shop.Stock'"),
    ],
)
async def test_an_unknown_service_or_method_is_told_with_the_nearest(fault_of, service, method, said):
    code, message = await fault_of(service, method)

    assert code == "TM530"
    assert said in message
    assert "reflection of 127.0.0.1" in message


async def test_a_server_without_reflection_is_told_what_to_do(fault_of, peer):
    code, message = await fault_of("shop.Inventory", "GetStock", address=peer["none"])

    assert code == "TM537"
    assert "name the proto files" in message


async def test_a_response_that_is_too_large_is_no_status(fault_of):
    code, message = await fault_of("probe.Probe", "Large", request={"bytes": 65 * 1024 * 1024})

    assert code == "TM538"
    assert "64 MiB" in message


async def test_a_large_response_is_taken(answer):
    assert (await answer("probe.Probe", "Large", request={"bytes": 6_000_000}))["status"] == "OK"


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"a b": "c"}, "letters, digits"),
        ({"grpc-timeout": "1S"}, "gRPC's own"),
        ({"name": "größe"}, "name-bin"),
        ({"data-bin": "no base64!"}, "base64"),
    ],
)
async def test_metadata_that_cannot_be_sent_is_told(fault_of, metadata, said):
    code, message = await fault_of("probe.Probe", "Caller", metadata=metadata)

    assert code == "TM539"
    assert said in message


def test_the_library_writes_nothing_to_the_terminal(tmp_path):
    """What its core says of failures goes past Python to the process' own stderr."""
    program = """
import asyncio, ssl
from testmesh_engine.grpc.library import aio, grpc
async def main():
    for channel in (aio.insecure_channel("ipv4:127.0.0.1:9"),
                    aio.secure_channel("ipv4:127.0.0.1:9", grpc.ssl_channel_credentials(b"nonsense"))):
        try:
            await channel.unary_unary("/a/b")(b"", timeout=1)
        except aio.AioRpcError as error:
            print(error.code().name)
        await channel.close()
asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)

    assert done.stdout.splitlines()[0] == "UNAVAILABLE"
    assert done.stderr == ""
