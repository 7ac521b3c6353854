import asyncio
import base64
import socket

import aiohttp
import pytest
import websockets
from aiohttp import web

from testmesh_engine.egress.proxy import HEAD_BYTES, filtering_proxy, start_proxy
from testmesh_sdk import OPEN


class Shop:
    """A server that says what it was sent."""

    async def __aenter__(self):
        app = web.Application()
        app.router.add_route("*", "/echo", self.echo)
        app.router.add_get("/moved", self.moved)
        app.router.add_get("/feed", self.feed)
        self.runner, self.count = web.AppRunner(app), 0
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        await self.runner.cleanup()

    async def echo(self, request):
        self.count += 1
        body = await request.text()
        return web.json_response({"body": body, "path": request.path_qs, "headers": dict(request.headers)})

    async def moved(self, request):
        raise web.HTTPFound(request.query["to"])

    async def feed(self, request):
        feed = web.WebSocketResponse()
        await feed.prepare(request)
        async for message in feed:
            await feed.send_str(f"echo {message.data}")
        return feed


def client(proxy):
    """A client like a browser: everything goes through the proxy."""
    return aiohttp.ClientSession(proxy=proxy.url.replace("://", f"://{proxy.username}:{proxy.password}@"))


async def raw(proxy, data):
    reader, writer = await asyncio.open_connection("127.0.0.1", int(proxy.url.rpartition(":")[2]))
    writer.write(data)
    answer = await reader.read()
    writer.close()
    return answer.decode()


def signed(proxy, first, more=""):
    pair = base64.b64encode(f"{proxy.username}:{proxy.password}".encode()).decode()
    return f"{first} HTTP/1.1\r\nHost: x\r\nProxy-Authorization: Basic {pair}\r\n{more}\r\n".encode()


def test_requests_pass_through_and_nothing_of_the_proxy_with_them(run, tools):
    async def scenario():
        async with Shop() as shop, filtering_proxy(tools.policed("127.0.0.1")) as proxy, client(proxy) as session:
            found = []
            for data in (None, "four", _chunks()):
                async with session.post(f"http://127.0.0.1:{shop.port}/echo?a=1", data=data) as response:
                    found.append(await response.json())
            return found, proxy.refused

    found, refused = run(scenario)

    assert [each["body"] for each in found] == ["", "four", "one two"]
    assert {each["path"] for each in found} == {"/echo?a=1"}
    assert not [name for each in found for name in each["headers"] if name.lower().startswith("proxy")]
    assert refused == []


async def _chunks():
    for part in (b"one ", b"two"):
        yield part


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "127.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0"])
def test_a_refused_target_is_answered_with_the_rule_and_kept_for_the_action(run, tools, host):
    async def scenario():
        async with tools.listening() as server, filtering_proxy(tools.policed(private=True, public=True)) as proxy:
            plain = await raw(proxy, signed(proxy, f"GET http://{host}:{server.port}/"))
            tunnel = await raw(proxy, signed(proxy, f"CONNECT {host}:{server.port}"))
            return plain, tunnel, proxy.refused, server.count

    plain, tunnel, refused, count = run(scenario)

    assert count == 0
    for answer in (plain, tunnel):
        assert answer.startswith("HTTP/1.1 403 Forbidden\r\n")
        assert "[TM440]" in answer
        assert "is refused" in answer
    assert [each.host for each in refused] == [host.strip("[]")] * 2
    assert {each.code for each in refused} == {"TM440"}


def test_a_redirect_to_a_refused_target_is_refused(run, tools):
    async def scenario():
        async with (
            Shop() as shop,
            tools.listening("127.0.0.2") as inner,
            filtering_proxy(tools.policed("127.0.0.1")) as proxy,
            client(proxy) as session,
            session.get(f"http://127.0.0.1:{shop.port}/moved?to=http://127.0.0.2:{inner.port}/") as response,
        ):
            return response.status, await response.text(), [each.host for each in proxy.refused], inner.count

    status, text, refused, count = run(scenario)

    assert (status, refused, count) == (403, ["127.0.0.2"], 0)
    assert "add 127.0.0.2:" in text


def test_a_name_that_rebinds_is_connected_to_where_it_was_checked(run, tools):
    async def scenario():
        async with Shop() as shop, filtering_proxy(tools.policed("127.0.0.1")) as proxy, client(proxy) as session:
            loop = asyncio.get_running_loop()
            loop.names["rebinds.example"] = [["127.0.0.1"], ["127.0.0.2"]]
            url = f"http://rebinds.example:{shop.port}/echo"
            async with session.get(url) as first, session.get(url) as second:
                return first.status, second.status, loop.asked

    assert run(scenario) == (200, 403, ["rebinds.example"] * 2)


def test_a_websocket_goes_through_a_tunnel(run, tools):
    async def scenario():
        async with Shop() as shop, filtering_proxy(tools.policed("127.0.0.1")) as proxy:
            address = proxy.url.replace("://", f"://{proxy.username}:{proxy.password}@")
            async with websockets.connect(f"ws://127.0.0.1:{shop.port}/feed", proxy=address) as feed:
                await feed.send("hello")
                return await feed.recv()

    assert run(scenario) == "echo hello"


def test_who_does_not_know_the_password_is_refused(run, tools):
    async def scenario():
        async with tools.listening() as server, filtering_proxy(OPEN) as proxy:
            to = f"GET http://127.0.0.1:{server.port}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            wrong = f"{to}Proxy-Authorization: Basic {base64.b64encode(b'testmesh:x').decode()}\r\n\r\n"
            reader, writer = await asyncio.open_connection("127.0.0.1", int(proxy.url.rpartition(":")[2]))
            found = []
            for data in (f"{to}\r\n", wrong):
                writer.write(data.encode())
                found.append(await reader.readline())
                await reader.readuntil(b"who asks?\n")
            writer.close()
            return found, server.count

    assert run(scenario) == ([b"HTTP/1.1 407 Proxy Authentication Required\r\n"] * 2, 0)


@pytest.mark.parametrize(
    ("first", "more", "status"),
    [
        ("GET /path", "", 400), ("GET https://127.0.0.1/", "", 400), ("CONNECT 127.0.0.1", "", 400),
        ("CONNECT [::1:80", "", 400), ("GET http://127.0.0.1:x/", "", 400), ("GET http:///", "", 400),
        ("GET http://127.0.0.1:1/", "", 502), ("GET http://no-such-host.invalid/", "", 502),
        ("GET http://127.0.0.1/", "no header\r\n", 400), ("GET http://127.0.0.1/", "a : b\r\n", 400),
        ("GET http://127.0.0.1/", f"a: {'x' * (HEAD_BYTES + 10)}\r\n", 431),
    ],
)  # fmt: skip
def test_what_cannot_be_passed_on_is_answered(run, tools, first, more, status):
    async def scenario():
        async with filtering_proxy(tools.policed(loopback=True, public=True)) as proxy:
            return await raw(proxy, signed(proxy, first, more))

    assert run(scenario).startswith(f"HTTP/1.1 {status} ")


@pytest.mark.parametrize(
    "more",
    ["Content-Length: x\r\n", "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
     "Transfer-Encoding: gzip\r\n", "Content-Length: 1\r\nContent-Length: 2\r\n"],
)  # fmt: skip
def test_a_body_whose_end_can_be_read_two_ways_is_not_passed_on(run, tools, more):
    async def scenario():
        async with Shop() as shop, filtering_proxy(tools.policed(loopback=True)) as proxy:
            answer = await raw(proxy, signed(proxy, f"POST http://127.0.0.1:{shop.port}/echo", more))
            return answer, shop.count

    answer, count = run(scenario)

    assert answer.startswith("HTTP/1.1 502 ")
    assert count == 0


def test_closing_it_ends_what_is_under_way_and_leaves_no_task(run, tools):
    async def scenario():
        async with Shop() as shop:
            before = len(asyncio.all_tasks())
            proxy = await start_proxy(tools.policed(loopback=True))
            port = int(proxy.url.rpartition(":")[2])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(signed(proxy, f"CONNECT 127.0.0.1:{shop.port}"))
            assert b"200" in await reader.readline()
            _, idle = await asyncio.open_connection("127.0.0.1", port)
            await proxy.close()
            await reader.read()
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port), 5)
            writer.close()
            idle.close()
            return len(asyncio.all_tasks()) - before

    assert run(scenario) <= 0


def test_the_password_is_not_in_what_is_shown_of_a_proxy(run):
    async def scenario():
        async with filtering_proxy(OPEN) as proxy:
            return proxy.password in repr(proxy) or proxy.password in proxy.url

    assert run(scenario) is False


def test_a_client_that_reads_nothing_does_not_keep_the_proxy_from_closing(run):
    async def scenario():
        flooded = asyncio.Event()

        async def flood(_, writer):
            while not writer.is_closing():
                writer.write(b"x" * 65_536)
                if writer.transport.get_write_buffer_size() > 1_000_000:
                    flooded.set()
                    await writer.drain()

        async with await asyncio.start_server(flood, "127.0.0.1", 0) as server:
            proxy = await start_proxy(OPEN)
            target = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
            _, writer = await asyncio.open_connection("127.0.0.1", int(proxy.url.rpartition(":")[2]), limit=1024)
            writer.write(signed(proxy, f"CONNECT {target}"))
            await flooded.wait()
            async with asyncio.timeout(1):
                await proxy.close()
            writer.close()

    run(scenario)
