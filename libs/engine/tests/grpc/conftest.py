"""A gRPC server as a process of its own, with and without TLS, and what calls it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
PEER = ROOT / "tests" / "house" / "inventory.py"
PROTOS = ROOT / "examples" / "grpc" / "protos"
MORE_PROTOS = ROOT / "tests" / "house" / "protos"


@contextmanager
def running_peer(*options: str) -> Iterator[dict[str, str]]:
    """Yield the addresses of a server that runs meanwhile."""
    with subprocess.Popen([sys.executable, PEER, *options], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            said = process.stdout.readline()
            yield {name: f"127.0.0.1:{port}" for name, port in json.loads(said).items()}
        finally:
            process.terminate()


def openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """A folder with a CA, and certificates of a server and of a client that it has signed."""
    folder = tmp_path_factory.mktemp("certificates")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=a CA", "-days", "2",
            "-keyout", folder / "ca.key", "-out", folder / "ca.pem")  # fmt: skip
    for name, alternatives in (("server", "DNS:shop.internal,IP:127.0.0.1"), ("client", "DNS:client.internal")):
        request, extensions = folder / f"{name}.csr", folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={alternatives}\n")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", folder / f"{name}.key",
                "-out", request)  # fmt: skip
        openssl("x509", "-req", "-in", request, "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key",
                "-CAcreateserial", "-days", "2", "-extfile", extensions, "-out", folder / f"{name}.pem")  # fmt: skip
    return folder


@pytest.fixture(scope="session")
def peer(certificates):
    """Addresses by what the server does there: `v1`, `v1alpha`, `none`, `tls`, `mutual`."""
    with running_peer("--certificates", str(certificates)) as found:
        yield found


@pytest.fixture
def a_peer():
    """Start another one, to be killed."""
    return running_peer


def step(config, *assertions, **more):
    said = {"id": "call", "action": "grpc_call", "config": config, **more}
    return said | ({"assert": list(assertions)} if assertions else {})


@pytest.fixture
def call(play, peer):
    """Call once; return the step as it came out."""

    async def carry_out(service, method, *assertions, **config):
        config = {"address": peer["v1"], "service": service, "method": method} | config
        given = {name: config.pop(name) for name in ("sources", "egress", "local_files", "on_server") if name in config}
        more = {name: config.pop(name) for name in ("timeout",) if name in config}
        flow = {"name": "a", "steps": [step(config, *assertions, **more)]}
        return (await play(json.dumps(flow), **given))["call"]

    return carry_out


@pytest.fixture
def answer(call):
    """Call once; return the result of a call that was carried out."""

    async def carry_out(service, method, **config):
        played = await call(service, method, **config)
        assert played.status == "passed", (played.error_code, played.error_message)
        return played.output

    return carry_out


@pytest.fixture
def fault_of(call):
    """Call once, in vain; return code and message."""

    async def carry_out(service, method, **config):
        played = await call(service, method, **config)
        assert played.status == "error", played
        return played.error_code, played.error_message

    return carry_out
