"""Where a Redis may be: under a policy, and behind TLS."""

import asyncio
import json
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
import uvloop

from testmesh_engine.actions import BUILT_IN, ActionRegistry
from testmesh_engine.artifacts import FolderStore
from testmesh_engine.egress.guard import EgressGuard
from testmesh_engine.egress.policed import PolicedEgress
from testmesh_engine.egress.policy import EgressPolicy
from testmesh_engine.executor import RunOptions, run_flow
from testmesh_engine.language import parse_flow
from testmesh_sdk import Resources

pytestmark = pytest.mark.integration
PASSES_ON = """
import asyncio, ssl, sys
async def copy(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
    except (OSError, ssl.SSLError):
        pass
    writer.close()
async def each(reader, writer):
    far_reader, far_writer = await asyncio.open_connection("127.0.0.1", int(sys.argv[1]))
    await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer))
async def main():
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    server = await asyncio.start_server(each, "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


class Loop(EgressGuard, uvloop.Loop):
    pass


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"])
@pytest.mark.parametrize(("policy", "status"), [(EgressPolicy(), "error"), (EgressPolicy(loopback=True), "passed")])
def test_the_policy_says_where(servers, tmp_path, host, policy, status):
    parts = urlsplit(servers.redis_url)
    url = f"redis://:{parts.password or ''}@{host}:{parts.port}"
    source = json.dumps({"name": "a", "steps": [{"action": "redis.get", "config": {"url": url, "key": "a"}}]})

    async def run():
        registry, pool, events = ActionRegistry(BUILT_IN), Resources(), []
        options = RunOptions("e", registry, pool, FolderStore(tmp_path), egress=PolicedEgress(policy))
        flow = parse_flow(source, registry=registry)
        await run_flow(flow, run=options, emit=events.append, cancel=asyncio.Event())
        await pool.close()
        return events[-1]

    with asyncio.Runner(loop_factory=Loop) as runner:
        step = runner.run(run())

    assert step.status == status, step.error_message
    assert step.error_code == (None if status == "passed" else "TM440")


@pytest.fixture
def secure(servers, tmp_path):
    """The port at which the server is behind TLS, with a certificate that nobody vouches for."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2",
         "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    command = [sys.executable, "-c", PASSES_ON, str(urlsplit(servers.redis_url).port), certificate, key]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.terminate()


async def test_tls_is_spoken_and_a_certificate_is_not_just_believed(ask, fault_of, servers, secure):
    password = urlsplit(servers.redis_url).password or ""
    config = {"url": f"rediss://:{password}@127.0.0.1:{secure}", "key": "a"}

    played = await ask(("redis.get", {**config, "verify_tls": False}))
    assert played.outcome.status == "passed", played["s0"].error_message

    code, message = await fault_of(("redis.get", config))
    assert code == "TM573"
    assert "self-signed" in message or "self signed" in message
    assert password not in message


async def test_tls_to_a_server_without_it_is_told(fault_of, redis_url, monkeypatch):
    monkeypatch.setattr("testmesh_engine.redis.connection._CONNECT_S", 0.3)
    code, message = await fault_of(("redis.get", {"url": redis_url.replace("redis://", "rediss://"), "key": "a"}))

    assert code == "TM571", message
    assert "does the server speak TLS there?" in message


async def test_no_tls_to_a_server_with_it_is_told(fault_of, secure):
    code, message = await fault_of(("redis.get", {"url": f"redis://127.0.0.1:{secure}", "key": "a"}))

    assert code == "TM571"
    assert "TLS" in message
