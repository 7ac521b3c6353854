"""That a mock server is gone with its execution, however that ends, and leaves nothing behind."""

import asyncio
import threading
from pathlib import Path

import pytest

from testmesh_engine.mocks.server import MockServer

pytestmark = pytest.mark.integration

TIMES = 200
START = """
name: a
timeout: TIMEOUT
steps:
  - {id: up, action: mock_server_start, config: {endpoints: [{path: /a}, {path: /hang, response: {fault: hang}}]}}
"""
HANGING = """
  - {id: ask, action: http_request, config: {method: GET, url: "${up.base_url}/hang"}}
"""
WAITING = """
  - {id: ask, action: webhook_receive, config: {path: /hook}}
"""
ENDS = {
    "passes": '  - {action: http_request, config: {method: GET, url: "${up.base_url}/a"}}',
    "fails": '  - {action: fail, config: {message: "no"}}',
    "breaks": "  - {action: log, config: {message: '${nobody}'}}",
    "is out of time": HANGING,
}


def left():
    """Return how many files, threads and tasks there are."""
    return len(list(Path("/proc/self/fd").iterdir())), threading.active_count(), len(asyncio.all_tasks())


async def is_open(port):
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


@pytest.mark.parametrize("how", list(ENDS))
async def test_a_mock_server_is_gone_with_its_flow(play, how):
    played = await play(START.replace("TIMEOUT", "500ms") + ENDS[how])

    assert (played.outcome.status == "passed") == (how == "passes")
    assert played["up"].status == "passed"
    assert not await is_open(played["up"].output["port"])


@pytest.fixture
def servers(monkeypatch):
    """Every mock server that was started."""
    started = []
    start = MockServer.start

    async def noted(self, port):
        await start(self, port)
        started.append(self)

    monkeypatch.setattr(MockServer, "start", noted)
    return started


async def until(is_so):
    async with asyncio.timeout(10):
        while not is_so():
            await asyncio.sleep(0)


@pytest.mark.parametrize("step", [HANGING, WAITING])
async def test_two_hundred_cancelled_flows_leave_no_server_connection_task_or_thread(play, servers, step):
    async def cut_off():
        servers.clear()
        cancel = asyncio.Event()
        playing = asyncio.create_task(play(START.replace("TIMEOUT", "1m") + step, cancel=cancel))
        await until(lambda: servers and (step is WAITING or len(servers[0].journal)))
        cancel.set()
        played = await playing
        assert played.outcome.status == "cancelled"
        assert not await is_open(servers[0].port)

    await cut_off()
    before = left()
    for _ in range(TIMES):
        await cut_off()

    await until(lambda: all(now <= then for now, then in zip(left(), before, strict=True)))


async def test_a_cancelled_wait_for_a_webhook_ends_within_a_second(play):
    cancel = asyncio.Event()
    playing = asyncio.create_task(play(START.replace("TIMEOUT", "1m") + WAITING, cancel=cancel))
    await asyncio.sleep(0.1)

    cancel.set()
    async with asyncio.timeout(1):
        played = await playing

    assert played["ask"].status == "cancelled"


async def test_what_speaks_no_http_to_a_mock_server_says_nothing_here(play, servers, capfd):
    talk = """
  - {id: ask, action: http_request, config: {method: GET, url: "${up.base_url}/a"}}
  - {id: wait, action: delay, config: {duration: 300ms}}
"""
    playing = asyncio.create_task(play(START.replace("TIMEOUT", "1m") + talk))
    await until(lambda: servers)
    reader, writer = await asyncio.open_connection("127.0.0.1", servers[0].port)
    writer.write(b"\x16\x03\x01 no http\r\n\r\n")
    answer = await reader.read()
    writer.close()
    played = await playing

    assert b"400" in answer
    assert played.outcome.status == "passed"
    assert capfd.readouterr() == ("", "")
