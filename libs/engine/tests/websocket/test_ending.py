"""That a conversation which is cut off leaves nothing behind, however often; and what TLS and the policy say."""

import asyncio
import json
import ssl
import subprocess
import threading
from pathlib import Path

import pytest
from websockets.asyncio.server import serve

from testmesh_engine.language import FlowInvalidError, parse_flow

pytestmark = pytest.mark.integration

TIMES = 200


def left():
    """Return how many files, threads and tasks there are."""
    return len(list(Path("/proc/self/fd").iterdir())), threading.active_count(), len(asyncio.all_tasks())


async def settle(before):
    async with asyncio.timeout(5):
        while any(now > then for now, then in zip(left(), before, strict=True)):
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("config", [
    {"messages": [{"send": "x"}, {"expect": "message == 'never'"}]},
    {"session": "a", "messages": [{"send": "x"}, {"expect": "message == 'never'"}]},
])  # fmt: skip
async def test_two_hundred_cancelled_conversations_leave_nothing_behind(play, url, server, config):
    flow = json.dumps({"name": "a", "steps": [{"action": "websocket", "config": {"url": f"{url}/silent", **config}}]})

    async def cut_off():
        cancel = asyncio.Event()
        playing = asyncio.create_task(play(flow, cancel=cancel))
        async with asyncio.timeout(10):
            while not server.connections:
                await asyncio.sleep(0)
        cancel.set()
        played = await playing
        assert played.outcome.status == "cancelled"
        async with asyncio.timeout(10):
            while server.connections:
                await asyncio.sleep(0)

    await cut_off()
    before = left()
    for _ in range(TIMES):
        await cut_off()

    await settle(before)


async def test_two_hundred_cancelled_handshakes_leave_nothing_behind(play):
    waiting = []

    async def hang(reader, writer):
        waiting.append(writer)
        await reader.read()
        await reader.read()
        waiting.remove(writer)
        writer.close()

    async with await asyncio.start_server(hang, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        flow = json.dumps({"name": "a", "steps": [{"action": "websocket", "config": {"url": url}}]})

        async def cut_off():
            cancel = asyncio.Event()
            playing = asyncio.create_task(play(flow, cancel=cancel))
            async with asyncio.timeout(10):
                while not waiting:
                    await asyncio.sleep(0)
            cancel.set()
            assert (await playing).outcome.status == "cancelled"
            async with asyncio.timeout(10):
                while waiting:
                    await asyncio.sleep(0)

        await cut_off()
        before = left()
        for _ in range(TIMES):
            await cut_off()

        await settle(before)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2",
         "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


@pytest.mark.integration
async def test_a_certificate_that_cannot_be_trusted_is_refused_unless_the_flow_says_otherwise(converse, certificate):
    async def echo(socket):
        async for message in socket:
            await socket.send(message)

    async with serve(echo, "127.0.0.1", 0, ssl=certificate) as server:
        url = f"wss://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        messages = [{"send": "x"}, {"expect": "message == 'x'"}]
        refused = await converse({"url": url, "messages": messages})
        taken = await converse({"url": url, "messages": messages, "verify_tls": False})

    assert (refused["s0"].status, refused["s0"].error_code) == ("error", "TM542")
    assert "self-signed" in refused["s0"].error_message
    assert taken.outcome.status == "passed"


async def test_tls_with_a_server_that_has_none_is_told(ends, url):
    _, code, message = await ends({"url": f"{url.replace('ws:', 'wss:')}/echo"})

    assert code == "TM542", message
    assert "then it is ws://" in message


def faults_of(*messages):
    flow = {
        "name": "a",
        "steps": [{"id": "a", "action": "websocket", "config": {"url": "ws://h/", "messages": messages}}],
    }
    source = json.dumps(flow, indent=1)
    with pytest.raises(FlowInvalidError) as raised:
        parse_flow(source)
    return source, raised.value.diagnostics


def test_an_expectation_that_is_no_expression_is_told_with_its_place_before_the_flow_starts():
    source, (fault,) = faults_of({"send": "x"}, {"expect": "message.type = 'x'"})

    line = source.splitlines()[fault.line - 1]
    assert fault.code == "TM101"
    assert line[fault.column - 1 :].startswith("= 'x'")
    assert fault.pointer == "/steps/0/config/messages/1/expect"


def test_an_expectation_with_a_step_that_comes_later_is_told_before_the_flow_starts():
    flow = """
name: a
steps:
  - id: a
    action: websocket
    config:
      url: ws://h/
      messages:
        - expect: message.id == later.status
  - id: later
    action: log
    config: {message: x}
"""
    with pytest.raises(FlowInvalidError) as raised:
        parse_flow(flow)

    (fault,) = raised.value.diagnostics
    assert (fault.code, fault.line) == ("TM302", 9)


def test_a_mistyped_name_in_an_expectation_is_noted():
    config = {"url": "ws://h/", "messages": [{"expect": "message.id == ordre"}]}
    steps = [{"action": "websocket", "config": config}]
    flow = parse_flow(json.dumps({"name": "a", "env": {"order": 1}, "steps": steps}))

    assert [note.code for note in flow.notes] == ["TM306"]
    assert "order" in flow.notes[0].hint


@pytest.mark.parametrize("message", [
    {},
    {"send": "x", "expect": "true"},
    {"send": "x", "timeout": "1s"},
    {"close": {"code": 1006}},
    {"send_base64": "no base64!"},
    {"ping": False},
])  # fmt: skip
def test_a_message_that_is_not_one_thing_to_do_is_refused(message):
    _, faults = faults_of(message)

    assert {fault.code for fault in faults} <= {"TM208", "TM203"}
