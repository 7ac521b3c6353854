import asyncio
import socket
import ssl
from functools import partial

import pytest

from testmesh_engine.egress.errors import EgressRefusedError, UnguardedLoopError
from testmesh_engine.egress.passage import guarded, unguarded
from testmesh_engine.egress.policed import PolicedEgress
from testmesh_sdk import OPEN, ActionError

WRITTEN = ["127.0.0.1", "2130706433", "0177.0.0.1", "0x7f.1", "127.1", "127.0.1", "::ffff:127.0.0.1", "0.0.0.0", "::",
           "::ffff:0.0.0.0", "::1", "localhost"]  # fmt: skip
loop_now = asyncio.get_running_loop


async def by_create_connection(host, port):
    transport, _ = await loop_now().create_connection(asyncio.Protocol, host, port)
    transport.close()


async def by_streams(host, port):
    _, writer = await asyncio.open_connection(host, port)
    writer.close()


async def by_socket(host, port):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as sock:
        sock.setblocking(False)
        await loop_now().sock_connect(sock, (host, port))


async def by_connected_socket(host, port):
    """Somebody connected it without asking: not a byte is sent over it."""
    sock = socket.create_connection((host, port), 5)
    with sock:
        await loop_now().create_connection(asyncio.Protocol, sock=sock)


async def by_datagrams(host, port):
    transport, _ = await loop_now().create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=(host, port))
    transport.close()


WAYS = [by_create_connection, by_streams, by_socket]


@pytest.mark.parametrize("way", [*WAYS, by_datagrams])
@pytest.mark.parametrize("host", WRITTEN)
def test_loopback_is_refused_however_it_is_written_and_nothing_arrives(run, tools, way, host):
    async def scenario():
        async with tools.listening() as server:
            with guarded(tools.policed(private=True, public=True)) as passage, pytest.raises(EgressRefusedError) as no:
                await way(host, server.port)
            assert passage.refusal is no.value
            await asyncio.sleep(0)
            return server.count

    assert run(scenario) == 0


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0177.0.0.1", "127.1", "localhost"])
def test_loopback_is_reached_where_it_is_allowed(run, tools, way, host):
    async def scenario():
        async with tools.listening() as server:
            for egress in (OPEN, tools.policed(loopback=True), tools.policed(f"127.0.0.1:{server.port}", "[::1]:1")):
                with guarded(egress):
                    await way(host, server.port)
            while server.count < 3:
                await asyncio.sleep(0.001)
            return server.count

    assert run(scenario) == 3


@pytest.mark.parametrize("host", [None, "", b"127.0.0.1", b"localhost"])
def test_what_stands_for_loopback_without_a_name_is_refused(run, tools, host):
    async def scenario():
        async with tools.listening() as server:
            with guarded(tools.policed()), pytest.raises((EgressRefusedError, OSError)):
                await by_create_connection(host, server.port)
            await asyncio.sleep(0.01)
            return server.count

    assert run(scenario) == 0


def test_a_server_is_told_the_name_that_was_asked_for_when_its_checked_address_is_connected_to(run, tools):
    async def scenario():
        heard = asyncio.get_running_loop().create_future()

        async def hear(reader, writer):
            heard.set_result(await reader.read(4096))
            writer.close()

        server = await asyncio.start_server(hear, "127.0.0.1", 0)
        loop_now().names["shop.localhost"] = [["127.0.0.1"]]
        port = server.sockets[0].getsockname()[1]
        with guarded(tools.policed("*.localhost")):
            trusted = ssl.create_default_context()
            connecting = asyncio.create_task(asyncio.open_connection("shop.localhost", port, ssl=trusted))
        await asyncio.wait([heard, connecting], return_when=asyncio.FIRST_COMPLETED)
        connecting.cancel()
        await asyncio.gather(connecting, return_exceptions=True)
        server.close()
        assert heard.done()
        return heard.result()

    assert b"shop.localhost" in run(scenario)


def test_a_socket_that_was_connected_without_asking_sends_nothing(run, tools):
    async def scenario():
        async with tools.listening() as server:
            with guarded(tools.policed()), pytest.raises(EgressRefusedError):
                await by_connected_socket("127.0.0.1", server.port)

    run(scenario)


@pytest.mark.parametrize("way", WAYS)
def test_a_name_that_means_another_address_a_moment_later_is_connected_to_where_it_was_checked(run, tools, way):
    async def scenario():
        async with tools.listening() as allowed:
            loop = loop_now()
            loop.names["rebinds.example"] = [["127.0.0.1"], ["127.0.0.2"]]
            with guarded(tools.policed("127.0.0.1")):
                await way("rebinds.example", allowed.port)
            assert loop.asked == ["rebinds.example"]
            loop.asked.clear()
            loop.names["rebinds.example"] = [["127.0.0.2"], ["127.0.0.1"]]
            with guarded(tools.policed("127.0.0.1")), pytest.raises(EgressRefusedError, match=r"127\.0\.0\.2"):
                await way("rebinds.example", allowed.port)
            while not allowed.count:
                await asyncio.sleep(0.001)
            return allowed.count

    assert run(scenario) == 1


def test_a_name_with_one_refused_address_among_others_is_refused(run, tools):
    async def scenario():
        async with tools.listening() as server:
            loop_now().names["mixed.example"] = [["127.0.0.1", "10.255.0.1"]]
            with guarded(tools.policed(loopback=True)), pytest.raises(EgressRefusedError, match=r"10\.255\.0\.1"):
                await by_create_connection("mixed.example", server.port)
            return server.count

    assert run(scenario) == 0


def test_the_name_of_an_entry_counts_also_for_who_resolves_first_and_connects_then(run, tools):
    async def connect_later(host, port):
        infos = await loop_now().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        await by_socket(*infos[0][4][:2])

    async def scenario():
        async with tools.listening() as server:
            loop = loop_now()
            loop.names |= {"shop.localhost": [["127.0.0.1"]], "evil.example": [["127.0.0.1"]]}
            egress = tools.policed("*.localhost")
            with guarded(egress), pytest.raises(EgressRefusedError):
                await connect_later("evil.example", server.port)
            with guarded(egress):
                await connect_later("shop.localhost", server.port)
            with guarded(tools.policed("*.localhost")), pytest.raises(EgressRefusedError):
                await by_socket("127.0.0.1", server.port)
            while not server.count:
                await asyncio.sleep(0.001)
            return server.count

    assert run(scenario) == 1


def test_tasks_and_callbacks_inherit_the_policy_and_the_platforms_own_work_does_not(run, tools):
    async def scenario():
        async with tools.listening() as server:
            tasks = []
            connect = partial(by_streams, "127.0.0.1", server.port)
            with guarded(tools.policed()):
                tasks.append(asyncio.create_task(connect()))
                called = asyncio.Event()
                loop_now().call_soon(lambda: (tasks.append(asyncio.create_task(connect())), called.set()))
                await called.wait()
                with unguarded():
                    own = asyncio.create_task(connect())
            found = await asyncio.gather(*tasks, own, connect(), return_exceptions=True)
            return [type(each).__name__ for each in found]

    assert run(scenario) == ["EgressRefusedError", "EgressRefusedError", "NoneType", "NoneType"]


def test_sockets_that_are_files_are_refused(run, tools, tmp_path):
    path = str(tmp_path / "s")

    async def scenario():
        count = 0

        def accept(reader, writer):
            nonlocal count
            count += 1
            writer.close()

        server = await asyncio.start_unix_server(accept, path)
        with guarded(tools.policed(loopback=True, private=True, public=True)):
            with pytest.raises(EgressRefusedError, match="no files"):
                await asyncio.open_unix_connection(path)
            with socket.socket(socket.AF_UNIX) as sock, pytest.raises(EgressRefusedError):
                sock.setblocking(False)
                await loop_now().sock_connect(sock, path)
        _, writer = await asyncio.open_unix_connection(path)
        writer.close()
        while not count:
            await asyncio.sleep(0.001)
        server.close()
        return count

    assert run(scenario) == 1


def test_datagrams_to_no_address_in_particular_are_refused(run, tools):
    async def scenario():
        with guarded(tools.policed(loopback=True)):
            with pytest.raises(EgressRefusedError, match="unbound datagram"):
                await loop_now().create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0))
            await by_datagrams("127.0.0.1", 9)
        transport, _ = await loop_now().create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0))
        transport.close()

    run(scenario)


def test_a_socket_that_may_still_connect_anywhere_is_refused(run, tools):
    async def scenario():
        with guarded(tools.policed(loopback=True)), socket.socket() as free:
            free.setblocking(False)
            with pytest.raises(EgressRefusedError, match="not connected"):
                await loop_now().create_connection(asyncio.Protocol, sock=free)

    run(scenario)


def test_what_cannot_connect_says_why_with_and_without_a_policy(run, tools):
    async def scenario():
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
            for egress in (OPEN, tools.policed(loopback=True)):
                with guarded(egress), pytest.raises(ConnectionRefusedError):
                    await by_streams("127.0.0.1", port)

    run(scenario)


def test_addresses_are_asked_for_and_each_is_checked(run, tools):
    async def scenario():
        loop_now().names |= {"two.example": [["10.0.0.1", "10.0.0.2"]]}
        assert await tools.policed("10.0.0.0/8").addresses("two.example", 80) == ["10.0.0.1", "10.0.0.2"]
        assert await tools.policed("two.example:80").addresses("two.example", 80) == ["10.0.0.1", "10.0.0.2"]
        with pytest.raises(EgressRefusedError, match=r"two.example \(10.0.0.2\), port 80"):
            await tools.policed("10.0.0.1").addresses("two.example", 80)
        with pytest.raises(ActionError, match="has no address") as unknown:
            await tools.policed(public=True).addresses("no such host", 80)
        return unknown.value.code

    assert run(scenario) == "TM431"


@pytest.mark.parametrize("kind", [asyncio.SelectorEventLoop])
def test_no_action_runs_under_a_policy_in_a_loop_that_does_not_ask(tools, kind):
    source = "name: a\nsteps:\n  - {action: http_request, config: {method: GET, url: 'http://127.0.0.1:${port}/'}}\n"

    async def scenario():
        async with tools.listening() as server:
            with pytest.raises(UnguardedLoopError), guarded(tools.policed(loopback=True)):
                pass
            played = await tools.play(source, tools.policed(loopback=True), port=server.port)
            return played.outcome, server.count

    with asyncio.Runner(loop_factory=kind) as runner:
        outcome, count = runner.run(scenario())

    assert (outcome.status, outcome.error_code, count) == ("error", "TM442", 0)


def test_names_that_no_entry_means_are_not_kept(tools):
    egress: PolicedEgress = tools.policed("*.internal")
    for number in range(100):
        egress.note(f"{number}.example", ["10.0.0.1"])
    egress.note("a.internal", ["10.0.0.2"])

    assert list(egress._names) == ["10.0.0.2"]
