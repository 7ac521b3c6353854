"""Guarded loops of both kinds, names that a test gives addresses to, and a listener that counts who connects."""

import asyncio
import socket
from contextlib import asynccontextmanager
from types import SimpleNamespace

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
from testmesh_sdk import OPEN, Resources


class NamedLoop:
    """A stub of the DNS: the n-th question for a name has the n-th answer, later ones the last."""

    def __init__(self, *given):
        super().__init__(*given)
        self.names, self.asked = {}, []

    async def getaddrinfo(self, host, port, **options):
        if host in self.names:
            answers = self.names[host]
            number = self.asked.count(host)
            self.asked.append(host)
            found = answers[min(number, len(answers) - 1)]
            infos = []
            for each in found:
                infos += await super().getaddrinfo(each, port, **options)
            return infos
        return await super().getaddrinfo(host, port, **options)


class GuardedUvloop(EgressGuard, NamedLoop, uvloop.Loop):
    pass


class GuardedSelectorLoop(EgressGuard, NamedLoop, asyncio.SelectorEventLoop):
    pass


def policed(*allow, never=(), **switches):
    entries = {"allow": tuple(map(parse_entry, allow)), "never": tuple(map(parse_entry, never))}
    return PolicedEgress(EgressPolicy(**{"public": False} | switches, **entries))


@asynccontextmanager
async def listening(host="127.0.0.1"):
    """Give a port on which connections are counted, and cut."""
    found = SimpleNamespace(count=0)

    def accept(reader, writer):
        found.count += 1
        writer.close()

    server = await asyncio.start_server(accept, host, 0)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()
        await server.wait_closed()


@pytest.fixture(params=[GuardedUvloop, GuardedSelectorLoop], ids=["uvloop", "selector"])
def run(request):
    """Carry out a coroutine function in a guarded loop."""

    def carry_out(work):
        with asyncio.Runner(loop_factory=request.param) as runner:
            return runner.run(work())

    return carry_out


@pytest.fixture
def tools(tmp_path):
    """What scenarios need, given as a fixture since tests import nothing of one another."""

    async def play(source, egress=OPEN, resources=None, actions=(), **variables):
        pool, events, registry = resources or Resources(), [], ActionRegistry((*BUILT_IN, *actions))
        options = RunOptions("e-1", registry, pool, FolderStore(tmp_path), variables, egress=egress)
        flow = parse_flow(source, registry=registry)
        outcome = await run_flow(flow, run=options, emit=events.append, cancel=asyncio.Event())
        if resources is None:
            await pool.close()
        return SimpleNamespace(outcome=outcome, events=events)

    def has_ipv6():
        with socket.socket(socket.AF_INET6) as trial:
            try:
                trial.bind(("::1", 0))
            except OSError:
                return False
        return True

    return SimpleNamespace(policed=policed, listening=listening, play=play, has_ipv6=has_ipv6)
