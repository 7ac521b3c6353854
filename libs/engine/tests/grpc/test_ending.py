"""How a call ends before it is done, and that nothing stays: connections, tasks, threads, children."""

import asyncio
import json
import threading
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration
WATCH = {"service": "shop.Inventory", "method": "WatchStock", "request": {"sku": "lamp"}}
MOST_THREADS = 40
SLOW = {"service": "probe.Probe", "method": "Fail", "request": {"after_ms": 200}}


def flow(address, config):
    steps = [{"id": "call", "action": "grpc_call", "config": {"address": address, **config}}]
    return json.dumps({"name": "a", "steps": steps})


def connections(address):
    """Return how many connections to an address are open from here."""
    port = f"{int(address.rpartition(':')[2]):04X}"
    mine = {_target(each) for each in Path("/proc/self/fd").iterdir()}
    # also those of IPv4 may be made as of IPv6
    texts = [Path(f"/proc/self/net/{kind}").read_text() for kind in ("tcp", "tcp6")]
    lines = [line.split() for text in texts for line in text.splitlines()[1:]]
    return sum(line[2].endswith(f":{port}") and f"socket:[{line[9]}]" in mine for line in lines)


def _target(path):
    try:
        return str(path.readlink())
    except OSError:
        return ""


@pytest.mark.parametrize("config", [WATCH, SLOW], ids=["stream", "unary"])
async def test_two_hundred_cancelled_calls_leave_nothing_behind(play, peer, resources, config):
    async def cut_off(turns):
        cancel = asyncio.Event()
        playing = asyncio.create_task(play(flow(peer["v1"], config), cancel=cancel))
        for _ in range(turns):
            await asyncio.sleep(0)
        cancel.set()
        async with asyncio.timeout(1):
            await playing

    def left():
        own = [each for each in threading.enumerate() if not each.name.startswith("asyncio_")]  # the loop's idle ones
        files = len(list(Path("/proc/self/fd").iterdir()))
        return len(own), files, len(asyncio.all_tasks()), connections(peer["v1"])

    def of_the_library():
        """Return how many threads there are that Python does not know: gRPC has a pool of them, of bounded size."""
        return len(list(Path("/proc/self/task").iterdir())) - threading.active_count()

    for turns in range(0, 200, 20):
        await cut_off(turns)
    before = left()
    for turns in range(200):
        await cut_off(turns)

    async with asyncio.timeout(3):
        while any(now > then for now, then in zip(left(), before, strict=True)):
            await asyncio.sleep(0.02)
    assert of_the_library() < MOST_THREADS
    await resources.close()
    async with asyncio.timeout(3):
        while connections(peer["v1"]) >= before[-1]:
            await asyncio.sleep(0.02)


async def test_a_cancelled_call_returns_within_a_second_whatever_it_is_doing(play, peer):
    cancel = asyncio.Event()
    playing = asyncio.create_task(play(flow(peer["v1"], WATCH), cancel=cancel))
    async with asyncio.timeout(10):
        while not connections(peer["v1"]):
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    cancel.set()

    async with asyncio.timeout(1):
        played = await playing

    assert played.outcome.status == "cancelled"
    assert played["call"].status == "cancelled"


async def test_steps_and_executions_share_a_connection(play, peer):
    before = connections(peer["v1"])  # what an earlier test's loop ended upon may still be closing
    for _ in range(3):
        played = await play(flow(peer["v1"], {**SLOW, "request": {}}))
        assert played.outcome.status == "passed"

    assert connections(peer["v1"]) <= before + 1


async def test_an_execution_asks_for_a_service_once(play, peer, monkeypatch):
    from testmesh_engine.grpc import calling

    asked = []
    real = calling.reflected

    async def counted(*given):
        asked.append(given[2])
        return await real(*given)

    monkeypatch.setattr(calling, "reflected", counted)
    step = {"action": "grpc_call", "config": {"address": peer["v1"], **SLOW, "request": {}}}
    await play(json.dumps({"name": "a", "steps": [step, step, step]}))

    assert asked == ["probe.Probe"]


async def test_calls_beside_one_another_do_not_disturb_each_other(play, peer):
    branches = [
        {"name": f"b{number}", "steps": [{"action": "grpc_call", "config": {"address": peer["v1"], **config}}]}
        for number, config in enumerate([SLOW, {**SLOW, "request": {"code": 5}}] * 5)
    ]
    steps = [{"id": "p", "action": "parallel", "config": {"branches": branches}}]

    played = await play(json.dumps({"name": "a", "steps": steps}))

    assert played.outcome.status == "passed", played.outcome
