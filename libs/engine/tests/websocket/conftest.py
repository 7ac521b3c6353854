"""A WebSocket server on loopback that does what the path says, and what asks it."""

import asyncio
import json
from http import HTTPStatus

import pytest
from websockets.asyncio.server import serve


async def echo(socket):
    async for message in socket:
        await socket.send(message)


async def greet(socket):
    """Send two messages before anybody asks, then answer each with what it was and what the handshake said."""
    await socket.send(json.dumps({"type": "welcome", "user": "Ada"}))
    await socket.send(json.dumps({"type": "news", "items": [1, 2]}))
    headers = {name.lower(): value for name, value in socket.request.headers.raw_items()}
    async for message in socket:
        await socket.send(json.dumps({"type": "answer", "to": message, "headers": headers}))


async def hang_up(socket):
    """Close with a code of its own as soon as anything comes."""
    await socket.recv()
    await socket.close(4401, "who are you?")


async def break_off(socket):
    await socket.recv()
    socket.transport.abort()


async def flood(socket):
    for number in range(10_500):
        await socket.send(str(number))
    await socket.wait_closed()


async def huge(socket):
    await socket.send("x" * (16 * 1024 * 1024 + 1))
    await socket.wait_closed()


async def silent(socket):
    await socket.wait_closed()


PATHS = {
    "/echo": echo,
    "/greet": greet,
    "/hang-up": hang_up,
    "/break-off": break_off,
    "/flood": flood,
    "/huge": huge,
    "/silent": silent,
}


async def serve_path(socket):
    await PATHS[socket.request.path.partition("?")[0]](socket)


def refuse(socket, request):
    if request.path == "/private":
        return socket.respond(HTTPStatus.UNAUTHORIZED, '{"error": "no token"}')
    if request.path == "/moved":
        answer = socket.respond(HTTPStatus.FOUND, "")
        answer.headers["Location"] = "/echo"
        return answer
    return None


def choose(socket, offered):
    return next((name for name in offered if name in ("chat.v1", "chat.v2")), None)


@pytest.fixture
async def server():
    async with serve(
        serve_path, "127.0.0.1", 0, process_request=refuse, select_subprotocol=choose, max_size=None
    ) as running:
        yield running


@pytest.fixture
def url(server):
    return f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.fixture
def converse(play, url):
    """Play a flow of websocket steps; each is a config, or a config and assertions. `/path` leads to the server."""

    async def carry_out(*steps, **given):
        written = []
        for number, step in enumerate(steps):
            config, *assertions = step if isinstance(step, tuple) else (step,)
            if config.get("url", "").startswith("/"):
                config = {**config, "url": url + config["url"]}
            said = {"id": f"s{number}", "action": "websocket", "config": config}
            written.append(said | ({"assert": assertions} if assertions else {}))
        return await play(json.dumps({"name": "a", "env": {"who": "Ada"}, "steps": written}), **given)

    return carry_out


@pytest.fixture
def passes(converse):
    async def carry_out(*steps, **given):
        played = await converse(*steps, **given)
        assert played.outcome.status == "passed", [
            (event.step_id, event.error_code, event.error_message, event.output)
            for event in played.events
            if getattr(event, "error_message", None)
        ]
        return played

    return carry_out


@pytest.fixture
def ends(converse):
    """Play steps of which the last must not pass; return its status, code and message."""

    async def carry_out(*steps, **given):
        played = await converse(*steps, **given)
        last = played[f"s{len(steps) - 1}"]
        return last.status, last.error_code, last.error_message

    return carry_out


async def until(is_so, seconds=10.0):
    async with asyncio.timeout(seconds):
        while not is_so():
            await asyncio.sleep(0.01)
