"""Where a call may go: the policy is asked for the address, and the address is what is connected to."""

import asyncio
import json

import pytest
import uvloop

from testmesh_engine.actions import BUILT_IN, ActionRegistry
from testmesh_engine.artifacts import FolderStore
from testmesh_engine.egress.entries import parse_entry
from testmesh_engine.egress.guard import EgressGuard
from testmesh_engine.egress.policed import PolicedEgress
from testmesh_engine.egress.policy import EgressPolicy
from testmesh_engine.executor import RunOptions, run_flow
from testmesh_engine.language import parse_flow
from testmesh_sdk import Resources

pytestmark = pytest.mark.integration
NAMES = {"shop.internal": "127.0.0.1", "both.internal": ("::1", "127.0.0.1"), "metadata.internal": "169.254.169.254"}


class Loop(EgressGuard, uvloop.Loop):
    async def getaddrinfo(self, host, port, **options):
        given = NAMES.get(host, host)
        found = []
        for each in (given,) if isinstance(given, str) else given:
            found += await super().getaddrinfo(each, port, **options)
        return found


@pytest.fixture
def calls(tmp_path):
    """Call under a policy, in a loop that holds actions to it; return the step's status, code, message and result."""

    def carry_out(address, policy, **config):
        config = {"address": address, "service": "probe.Probe", "method": "Caller", **config}
        source = json.dumps({"name": "a", "steps": [{"id": "a", "action": "grpc_call", "config": config}]})

        async def run():
            registry, pool, events = ActionRegistry(BUILT_IN), Resources(), []
            options = RunOptions("e", registry, pool, FolderStore(tmp_path), egress=PolicedEgress(policy))
            flow = parse_flow(source, registry=registry)
            await run_flow(flow, run=options, emit=events.append, cancel=asyncio.Event())
            await pool.close()
            return events[-1]

        with asyncio.Runner(loop_factory=Loop) as runner:
            return runner.run(run())

    return carry_out


STRICT = EgressPolicy()


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "shop.internal", "metadata.internal", "2130706433", "0x7f.1", "[::1]",
             "[::ffff:127.0.0.1]", "0.0.0.0", "10.0.0.5"],
)  # fmt: skip
def test_a_strict_policy_refuses_what_is_not_public(calls, peer, host):
    step = calls(f"{host}:{peer['v1'].rpartition(':')[2]}", STRICT)

    assert step.status == "error"
    assert step.error_code == "TM440", step.error_message
    assert "nothing" not in step.error_message or "is refused" in step.error_message


@pytest.mark.parametrize("host", ["127.0.0.1", "shop.internal", "both.internal"])
def test_what_the_policy_allows_is_called_under_its_own_name(calls, peer, host):
    port = peer["v1"].rpartition(":")[2]
    allowed = EgressPolicy(allow=tuple(map(parse_entry, ("127.0.0.1", "::1"))))

    step = calls(f"{host}:{port}", allowed)

    assert step.status == "passed", step.error_message
    assert step.output["response"]["authority"] == f"{host}:{port}"


def test_a_name_is_checked_against_the_certificate_whatever_the_address(calls, peer, certificates):
    port = peer["tls"].rpartition(":")[2]
    allowed = EgressPolicy(allow=(parse_entry("127.0.0.1"),))

    step = calls(f"shop.internal:{port}", allowed, tls={"ca": (certificates / "ca.pem").read_text()})

    assert step.status == "passed", step.error_message


def test_no_proxy_of_the_environment_is_used(calls, peer, monkeypatch):
    for name in ("grpc_proxy", "https_proxy", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_grpc_proxy", "")
    monkeypatch.setenv("no_proxy", "")

    step = calls(peer["v1"], EgressPolicy(loopback=True))

    assert step.status == "passed", step.error_message


async def test_a_traceparent_goes_along_unless_the_author_gave_one(peer, play):
    from testmesh_engine.grpc.headers import pairs

    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    assert ("traceparent", trace) in pairs({}, trace)
    assert pairs({"Traceparent": "mine"}, trace) == (("traceparent", "mine"),)
    assert pairs({}, None) == ()
