import asyncio
import contextlib
import socket
import threading
from pathlib import Path

import pytest
from aiohttp import web

from testmesh_engine.actions.http_request import HttpRequestAction, HttpRequestConfig
from testmesh_sdk import ActionContext, Resources

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def hanging(request):
    await asyncio.Event().wait()


async def beginning(request):
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b"begun")
    await asyncio.Event().wait()


async def echo(request):
    return web.json_response({"trace": request.headers.get("traceparent")})


async def token(request):
    return web.json_response({"access_token": "t", "expires_in": 60})


async def challenge(request):
    return web.Response(status=401, headers={"WWW-Authenticate": 'Digest realm="r", nonce="n", qop="auth"'})


VIEWS = {"/hangs": hanging, "/begins": beginning, "/echo": echo, "/token": token, "/challenge": challenge}


@pytest.fixture
def context(resources):
    """Make a context of an attempt as the executor does; `closing` is called with its end."""

    def made(**more):
        async def attach(name, data, content_type):
            raise AssertionError(name)

        own = Resources()
        return ActionContext("e", "f", "s", "s", 1, None, {}, resources, own, lambda *_: None, attach, **more)

    return made


def open_sockets():
    """Count the sockets of this process."""
    links = []
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            links.append(str(entry.readlink()))
    return sum(link.startswith("socket:") for link in links)


def left():
    """Count what a request could leave behind: sockets, children, threads of its own, tasks."""
    children = [each.read_text() for each in Path("/proc/self/task").glob("*/children")]
    threads = [each for each in threading.enumerate() if not each.name.startswith(("asyncio_", "ThreadPool"))]
    return open_sockets(), len("".join(children).split()), len(threads), len(asyncio.all_tasks())


CASES = {
    "waiting": {"path": "/hangs"},
    "reading": {"path": "/begins"},
    "a body": {"path": "/hangs", "method": "POST", "body": {"a": "b" * 1000}},
    "files": {"path": "/hangs", "method": "POST", "files": {"a": {"text": "b" * 1000}}},
    "http2": {"path": "/hangs", "http2": True},
    "tls": {"path": "/hangs", "tls": True},
    "http2 over tls": {"path": "/hangs", "tls": True, "http2": True},
    "a token": {"path": "/hangs", "token": True},
    "connecting": {"path": None},
}


@pytest.mark.parametrize("case", CASES)
async def test_two_hundred_cancelled_requests_leave_nothing_behind(serve, context, resources, authority, case):
    given = dict(CASES[case])
    path, tls = given.pop("path"), given.pop("tls", False)
    base = await serve(VIEWS, authority.server() if tls else None, handler_cancellation=True)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        # a handshake that nobody answers
        url = f"{base}{path}" if path else f"https://127.0.0.1:{silent.getsockname()[1]}/"
        if given.pop("token", False):
            given["auth"] = {"oauth2": {"token_url": url, "client_id": "a", "client_secret": "b"}}
        config = HttpRequestConfig.model_validate(
            {"method": "GET", "url": url, "ca_cert": authority.pem if tls else None, **given}
        )
        action = HttpRequestAction()

        async def cut_off(turns):
            now = context()
            asking = asyncio.create_task(action.run(config, now))
            for _ in range(turns):
                await asyncio.sleep(0)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            await now.execution.close()

        await cut_off(100)
        before = left()
        for _ in range(4):
            await asyncio.gather(*(cut_off(turns) for turns in range(50)))
        async with asyncio.timeout(5):
            while any(now > then for now, then in zip(left(), before, strict=True)):
                await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("path", "phase"),
    [
        ("/hangs", "waiting for the response to begin"),
        ("/begins", "reading the response"),
        (None, "in the TLS handshake"),
    ],
)
async def test_a_timeout_says_what_was_being_done(serve, fault_of, path, phase):
    base = await serve(VIEWS, handler_cancellation=True)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"{base}{path}" if path else f"https://127.0.0.1:{silent.getsockname()[1]}/"
        code, message = await fault_of({"url": url, "timeout": "100ms", "verify_tls": False})

    assert code == "TM433"
    assert f"GET {url}: no whole response in time, {phase}; raise timeout" in message


async def test_the_steps_timeout_says_it_too(serve, play):
    base = await serve(VIEWS, handler_cancellation=True)
    step = f"{{id: a, action: http_request, timeout: 100ms, config: {{method: GET, url: '{base}/begins'}}}}"

    played = await play(f"name: a\nsteps:\n  - {step}\n")

    assert played["a"].error_code == "TM410"
    assert f"while GET {base}/begins, reading the response" in played["a"].error_message


async def test_a_timeout_bounds_all_hops_together(serve, fault_of):
    async def slow(request):
        await asyncio.sleep(0.05)
        raise web.HTTPFound("/")

    base = await serve({"/": slow}, handler_cancellation=True)

    code, message = await fault_of({"url": base, "timeout": "120ms"})

    assert code == "TM433"
    assert f"redirected to GET {base}/: no whole response in time, waiting for the response to begin" in message


async def test_the_trace_is_told_to_the_target_unless_the_author_said_another(serve, context):
    base = await serve(VIEWS)

    async def told(**config):
        made = HttpRequestConfig.model_validate({"method": "GET", "url": f"{base}/echo", **config})
        return (await HttpRequestAction().run(made, context(traceparent=TRACE))).body["trace"]

    assert await told() == TRACE
    assert await told(headers={"TraceParent": "mine"}) == "mine"
    untold = HttpRequestConfig.model_validate({"method": "GET", "url": f"{base}/echo"})
    assert (await HttpRequestAction().run(untold, context())).body == {"trace": None}
