import asyncio
from contextlib import asynccontextmanager

import asyncpg
import pytest
import redis.asyncio
import websockets
from aiohttp import web

from testmesh_contracts.events import StepFinished
from testmesh_engine.egress.errors import EgressRefusedError
from testmesh_engine.egress.passage import guarded
from testmesh_sdk import Resources

GET = "name: a\nsteps:\n  - {{id: a, action: http_request, config: {{method: GET, url: '{url}'}}{more}}}\n"
HOSTS = ["127.0.0.1", "2130706433", "0177.0.0.1", "0x7f000001", "127.1", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
         "localhost", "LOCALHOST", "0.0.0.0", "0", "[::]", "[::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
         "allowed.example@127.0.0.1", "allowed.example:80@127.0.0.1",
         "\uff11\uff12\uff17.\uff10.\uff10.\uff11"]  # fmt: skip


def asks(url, more=""):
    return GET.format(url=url, more=more)


def told(played):
    return next(event for event in played.events if isinstance(event, StepFinished))


@pytest.mark.parametrize("host", HOSTS)
def test_a_request_to_loopback_is_refused_however_its_host_is_written(run, tools, host):
    async def scenario():
        async with tools.listening() as server:
            played = await tools.play(asks(f"http://{host}:{server.port}/"), tools.policed(public=True, private=True))
            return told(played), server.count

    step, count = run(scenario)

    assert count == 0
    assert step.status == "error"
    assert step.error_code in ("TM440", "TM431", "TM436"), step.error_message
    assert step.error_message.startswith(("GET http://", "'http://")), step.error_message
    assert step.error_code != "TM440" or "is refused: " in step.error_message


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "a:b@127.0.0.1"])
def test_a_request_goes_where_it_is_allowed_to(run, tools, host):
    async def scenario():
        async with serving() as port:
            played = await tools.play(asks(f"http://{host}:{port}/"), tools.policed("127.0.0.1", "::1"))
            return told(played)

    assert run(scenario).status == "passed"


@asynccontextmanager
async def serving():
    """Serve a page, one whose connection ends with it, and redirects."""

    async def page(request):
        return web.Response(text="hello")

    async def closing(request):
        response = web.Response(text="hello")
        response.force_close()
        return response

    async def moved(request):
        raise web.HTTPFound(request.query["to"])

    app = web.Application()
    for path, view in (("/", page), ("/closing", closing), ("/moved", moved)):
        app.router.add_get(path, view)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield site._server.sockets[0].getsockname()[1]
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("to", ["127.0.0.2", "127.0.0.1", "2130706434", "[::ffff:127.0.0.2]", "169.254.169.254"])
def test_a_redirect_to_where_the_flow_may_not_go_is_refused_there(run, tools, to):
    async def scenario():
        async with serving() as port, tools.listening("127.0.0.2") as inner:
            egress = tools.policed(f"127.0.0.1:{port}")
            url = f"http://127.0.0.1:{port}/moved?to=http://{to}:{inner.port}/"
            refused = told(await tools.play(asks(url), egress))
            allowed = told(await tools.play(asks(f"http://127.0.0.1:{port}/moved?to=/"), egress))
            return refused, allowed, inner.count

    refused, allowed, count = run(scenario)

    code = "TM436" if to.isdigit() else "TM440"  # the client takes such a host for none
    assert (refused.status, refused.error_code, count) == ("error", code, 0)
    assert allowed.status == "passed"


def test_a_connection_that_one_policy_opened_is_no_way_for_another(run, tools):
    async def scenario():
        async with serving() as port:
            pool, source = Resources(), asks(f"http://127.0.0.1:{port}/")
            wide, strict = tools.policed(loopback=True), tools.policed()
            found = [told(await tools.play(source, egress, pool)) for egress in (wide, strict, wide)]
            await pool.close()
            return found

    first, second, third = run(scenario)

    assert [step.status for step in (first, second, third)] == ["passed", "error", "passed"]
    assert third.output["timings"]["connect"] == 0.0


def test_an_answer_that_a_client_kept_is_still_allowed_by_the_entry_with_its_name(run, tools):
    async def scenario():
        async with serving() as port:
            loop = asyncio.get_running_loop()
            loop.names["shop.localhost"] = [["127.0.0.1"]]
            pool, egress = Resources(), tools.policed("*.localhost")
            source = asks(f"http://shop.localhost:{port}/closing")
            found = [told(await tools.play(source, egress, pool)) for _ in range(2)]
            await pool.close()
            return [step.status for step in found], loop.asked

    assert run(scenario) == (["passed", "passed"], ["shop.localhost"])


@pytest.mark.parametrize("more", [", allow_failure: true", ", retry: {max_attempts: 3, delay: 1ms, on: [error]}"])
def test_no_retry_and_no_leave_to_fail_covers_a_refusal(run, tools, more):
    async def scenario():
        async with tools.listening() as server:
            return await tools.play(asks(f"http://127.0.0.1:{server.port}/", more), tools.policed())

    played = run(scenario)

    assert played.outcome.status == "error"
    assert (told(played).error_code, len(told(played).attempts)) == ("TM440", 1)


async def by_postgres(port):
    await asyncpg.connect(f"postgresql://u:p@127.0.0.1:{port}/d", timeout=5)


async def by_several_postgres(port):
    await asyncpg.connect(f"postgresql://u:p@127.0.0.1:{port},localhost:{port}/d", timeout=5)


async def by_redis(port):
    client = redis.asyncio.Redis.from_url(f"redis://2130706433:{port}/0", retry=None)
    try:
        await client.ping()
    finally:
        await client.aclose()


async def by_websocket(port):
    await websockets.connect(f"ws://localhost:{port}/feed", open_timeout=5, proxy=None)


async def by_advertised_listener(port):
    """What a Kafka client does: ask one broker, connect to the address that it tells."""

    async def tell(reader, writer):
        writer.write(b"127.0.0.2\n")
        writer.close()

    broker = await asyncio.start_server(tell, "127.0.0.1", 0)
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", broker.sockets[0].getsockname()[1])
        advertised = (await reader.readline()).decode().strip()
        writer.close()
        await asyncio.get_running_loop().create_connection(asyncio.Protocol, advertised, port)
    finally:
        broker.close()


@pytest.mark.parametrize("way", [by_postgres, by_several_postgres, by_redis, by_websocket])
def test_clients_of_other_protocols_reach_nothing_that_is_refused(run, tools, way):
    async def scenario():
        async with tools.listening() as server:
            with guarded(tools.policed(private=True, public=True)) as passage:
                with pytest.raises(Exception):  # noqa: B017, PT011 - each client words it in its own way
                    await way(server.port)
                assert isinstance(passage.refusal, EgressRefusedError)
            refused = server.count
            with guarded(tools.policed(loopback=True)) as passage:
                with pytest.raises(Exception):  # noqa: B017, PT011 - the listener hangs up
                    await way(server.port)
                assert passage.refusal is None
            return refused, server.count > 0

    assert run(scenario) == (0, True)


def test_an_address_that_a_broker_advertises_is_checked_like_any_other(run, tools):
    async def scenario():
        async with tools.listening("127.0.0.2") as server:
            with guarded(tools.policed("127.0.0.1")) as passage, pytest.raises(EgressRefusedError):
                await by_advertised_listener(server.port)
            assert "127.0.0.2" in str(passage.refusal)
            refused = server.count
            with guarded(tools.policed("127.0.0.1", "127.0.0.2")):
                await by_advertised_listener(server.port)
            while not server.count:
                await asyncio.sleep(0.001)
            return refused

    assert run(scenario) == 0


@pytest.mark.parametrize("http2", [False, True])
def test_a_request_over_http2_or_through_a_proxy_is_held_to_the_policy(run, tools, http2):
    async def scenario():
        async with tools.listening() as server:
            here = f"http://127.0.0.1:{server.port}/"
            config = (
                f"{{method: GET, url: '{here}', http2: true}}"
                if http2
                else f"{{method: GET, url: 'http://8.8.8.8/', proxy: '{here}'}}"
            )
            source = f"name: a\nsteps:\n  - {{id: a, action: http_request, config: {config}}}\n"
            played = await tools.play(source, tools.policed(public=True))
            return told(played), server.count

    step, count = run(scenario)

    assert count == 0
    assert (step.status, step.error_code) == ("error", "TM440"), step.error_message
    assert "127.0.0.1" in step.error_message
    assert "(the action said" not in step.error_message or "proxy" in step.error_message


@pytest.mark.parametrize("host", HOSTS)
def test_a_websocket_to_loopback_is_refused_however_its_host_is_written(run, tools, host):
    async def scenario():
        async with tools.listening() as server:
            flow = "name: a\nsteps:\n  - {id: a, action: websocket, config: {url: 'ws://%s:%d/'}}\n"
            played = await tools.play(flow % (host, server.port), tools.policed(public=True, private=True))
            return told(played), server.count

    step, count = run(scenario)

    assert count == 0
    assert step.status == "error"
    assert step.error_code in ("TM440", "TM540", "TM547", "TM548"), step.error_message


def test_a_websocket_goes_where_it_is_allowed_to_and_not_where_that_points(run, tools):
    async def scenario():
        async def move(connection, request):
            if request.path == "/moved":
                answer = connection.respond(302, "")
                answer.headers["Location"] = "ws://169.254.169.254/"
                return answer
            return None

        async with websockets.serve(
            lambda socket: socket.wait_closed(), "127.0.0.1", 0, process_request=move
        ) as server:
            flow = "name: a\nsteps:\n  - {id: a, action: websocket, config: {url: 'ws://127.0.0.1:%d/%s'}}\n"
            port, egress = server.sockets[0].getsockname()[1], tools.policed("127.0.0.1")
            return [told(await tools.play(flow % (port, path), egress)) for path in ("here", "moved")]

    here, moved = run(scenario)

    assert (here.status, moved.status) == ("passed", "passed")
    assert (here.output["handshake"]["status"], moved.output["handshake"]["status"]) == (101, 302)
