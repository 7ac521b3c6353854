"""A gRPC server as a process of its own: an inventory, and a service that answers whatever a test wants.

It prints where it listens, as JSON: with reflection v1, with v1alpha, without, and, given certificates, with TLS.
"""

import argparse
import base64
import json
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

os.environ["GRPC_VERBOSITY"] = "NONE"

import grpc
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha import reflection, reflection_pb2
from grpc_tools import protoc

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "examples" / "grpc" / "protos", ROOT / "tests" / "house" / "protos")
SERVICES = ("shop.Inventory", "probe.Probe")
STOCK = {"lamp": 5, "mug": 40, "sold-out": 0}
Answer = Callable[[Any, grpc.ServicerContext], Any]


def compiled() -> DescriptorPool:
    """Return what the real protoc makes of the proto files."""
    pool = DescriptorPool()
    with tempfile.TemporaryDirectory() as folder:
        out = f"{folder}/all"
        well_known = Path(protoc.__file__).parent / "_proto"
        paths = [f"-I{each}" for each in (*FOLDERS, well_known)]
        arguments = ["protoc", *paths, "--include_imports", f"--descriptor_set_out={out}"]
        assert protoc.main([*arguments, "shop/inventory.proto", "probe.proto"]) == 0
        for file in descriptor_pb2.FileDescriptorSet.FromString(Path(out).read_bytes()).file:
            pool.AddSerializedFile(file.SerializeToString())
    return pool


class Inventory:
    """Answers as a shop would."""

    def __init__(self, pool: DescriptorPool) -> None:
        self._pool = pool

    def made(self, name: str, **fields: Any) -> Any:
        return GetMessageClass(self._pool.FindMessageTypeByName(name))(**fields)

    def get_stock(self, asked: Any, context: grpc.ServicerContext) -> Any:
        context.send_initial_metadata((("warehouse", "north"), ("seen-bin", b"\x00\xff")))
        context.set_trailing_metadata((("counted-by", "ann"), ("counted-by", "bob")))
        if asked.sku not in STOCK:
            context.abort(grpc.StatusCode.NOT_FOUND, f"no shelf has {asked.sku!r}")
        return self._stock(asked.sku, STOCK[asked.sku])

    def watch_stock(self, asked: Any, _context: grpc.ServicerContext) -> Iterator[Any]:
        number = 0
        while number < asked.changes or not asked.changes:
            yield self._stock(asked.sku, number)
            number += 1
            if not asked.changes:
                time.sleep(0.02)

    def deliver(self, deliveries: Iterator[Any], _context: grpc.ServicerContext) -> Any:
        all_of_them = list(deliveries)
        return self.made("shop.Delivered", deliveries=len(all_of_them), total=sum(one.quantity for one in all_of_them))

    def haggle(self, offers: Iterator[Any], _context: grpc.ServicerContext) -> Iterator[Any]:
        for offer in offers:
            yield self.made("shop.Offer", units=offer.units - 1, accepted=offer.units <= 10)

    def _stock(self, sku: str, quantity: int) -> Any:
        price = self.made("shop.Money", currency="EUR", units=29, nanos=990_000_000)
        return self.made("shop.Stock", sku=sku, quantity=quantity, price=price, condition=1, shelves=["a1", "b2"])


class Probe:
    """Answers what it is asked for."""

    def __init__(self, inventory: Inventory) -> None:
        self._made = inventory.made

    def echo(self, asked: Any, _context: grpc.ServicerContext) -> Any:
        return asked

    def fail(self, asked: Any, context: grpc.ServicerContext) -> Any:
        time.sleep(asked.after_ms / 1000)
        if asked.dies:
            os._exit(1)
        if asked.code:
            context.abort(_code(asked.code), asked.message)
        return self._made("google.protobuf.Empty")

    def fail_late(self, asked: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        for _ in range(asked.after_messages):
            yield self._made("probe.Blob", data=b"x")
        self.fail(asked, context)

    def caller(self, _asked: Any, context: grpc.ServicerContext) -> Any:
        left = context.time_remaining()
        found: dict[str, str] = {}
        for name, value in context.invocation_metadata():
            text = base64.b64encode(value).decode() if isinstance(value, bytes) else value
            found[name] = f"{found[name]}|{text}" if name in found else text
        names = [name.decode() for name in context.peer_identities() or ()]
        return self._made(
            "probe.Seen",
            metadata=found,
            authority=getattr(context._rpc_event.call_details, "host", b"").decode(),
            deadline_ms=0 if left is None or left > 1e6 else int(left * 1000),
            certificate=",".join(names),
        )

    def large(self, asked: Any, _context: grpc.ServicerContext) -> Any:
        return self._made("probe.Blob", data=b"x" * asked.bytes)


def _code(number: int) -> grpc.StatusCode:
    return next(code for code in grpc.StatusCode if code.value[0] == number)


def handlers(pool: DescriptorPool) -> list[grpc.GenericRpcHandler]:
    inventory = Inventory(pool)
    found = []
    for name, answers in zip(SERVICES, (inventory, Probe(inventory)), strict=True):
        methods = pool.FindServiceByName(name).methods
        made = {method.name: _handler(method, getattr(answers, _snake(method.name))) for method in methods}
        found.append(grpc.method_handlers_generic_handler(name, made))
    return found


def _handler(method: Any, answer: Answer) -> grpc.RpcMethodHandler:
    kind = f"{'stream' if method.client_streaming else 'unary'}_{'stream' if method.server_streaming else 'unary'}"
    takes, gives = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
    make = getattr(grpc, f"{kind}_rpc_method_handler")
    return make(answer, takes.FromString, gives.SerializeToString)


def _snake(name: str) -> str:
    return "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in name).lstrip("_")


def reflecting(version: str, pool: DescriptorPool) -> list[grpc.GenericRpcHandler]:
    """Return reflection under the name of a version; what is said on the wire is the same in both."""
    if version not in ("v1", "v1alpha"):
        return []
    servicer = reflection.ReflectionServicer((*SERVICES, f"grpc.reflection.{version}.ServerReflection"), pool=pool)
    takes, gives = reflection_pb2.ServerReflectionRequest, reflection_pb2.ServerReflectionResponse
    handler = grpc.stream_stream_rpc_method_handler(
        servicer.ServerReflectionInfo, takes.FromString, gives.SerializeToString
    )
    name = f"grpc.reflection.{version}.ServerReflection"
    return [grpc.method_handlers_generic_handler(name, {"ServerReflectionInfo": handler})]


def credentials(folder: Path, *, mutual: bool) -> grpc.ServerCredentials:
    pair = ((folder / "server.key").read_bytes(), (folder / "server.pem").read_bytes())
    ca = (folder / "ca.pem").read_bytes() if mutual else None
    return grpc.ssl_server_credentials([pair], ca, require_client_auth=mutual)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--certificates", type=Path)
    given = parser.parse_args()
    pool = compiled()
    ports: dict[str, int] = {}
    servers = []
    for name in ("v1", "v1alpha", "none", *(("tls", "mutual") if given.certificates else ())):
        server = grpc.server(ThreadPoolExecutor(64))
        version = "v1" if name in ("tls", "mutual") else name
        server.add_generic_rpc_handlers((*handlers(pool), *reflecting(version, pool)))
        if name in ("tls", "mutual"):
            made = credentials(given.certificates, mutual=name == "mutual")
            ports[name] = server.add_secure_port("127.0.0.1:0", made)
        else:
            ports[name] = server.add_insecure_port("127.0.0.1:0")
        server.start()
        servers.append(server)
    sys.stdout.write(f"{json.dumps(ports)}\n")
    sys.stdout.flush()
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    ended.wait()
    os._exit(0)  # calls that never end have threads that nobody can stop


if __name__ == "__main__":
    main()
