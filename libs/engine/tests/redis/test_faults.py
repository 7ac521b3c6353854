"""What a Redis does not do is told with what to do; TestMesh's own is refused; nothing stays behind."""

import asyncio
import socket
import threading
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from testmesh_contracts.topics import TOPICS

pytestmark = pytest.mark.integration
GET = "redis.get"
COMMAND = "redis_command"


def at(redis_url, user, password):
    parts = urlsplit(redis_url)
    return f"redis://{user}:{quote(password, safe='')}@{parts.hostname}:{parts.port}/0"


async def test_nothing_that_listens_is_told(fault_of):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        code, message = await fault_of((GET, {"url": f"redis://127.0.0.1:{port}", "key": "a"}))

    assert code == "TM571"
    assert f"nothing listens on 127.0.0.1:{port}" in message


async def test_a_host_without_an_address_is_told(fault_of):
    code, message = await fault_of((GET, {"url": "redis://nowhere.invalid", "key": "a"}))

    assert code == "TM571"
    assert "has no address" in message


@asynccontextmanager
async def answering(reply):
    class Fake(asyncio.Protocol):
        def connection_made(self, transport):
            self.transport = transport
            made.append(transport)

        def data_received(self, data):
            if reply:
                self.transport.write(reply)

    made = []
    server = await asyncio.get_running_loop().create_server(Fake, "127.0.0.1", 0)
    yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    for transport in made:
        transport.abort()
    await asyncio.sleep(0.01)


async def test_what_is_no_redis_is_told(fault_of):
    async with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as url:
        code, message = await fault_of((GET, {"url": url, "key": "a"}))

    assert code == "TM571"
    assert "is it the port of a Redis" in message


async def test_a_server_that_says_nothing_is_told_in_time(fault_of):
    async with answering(b"") as url:
        code, message = await fault_of((GET, {"url": url, "key": "a", "timeout": "300ms"}))

    assert code == "TM579"
    assert "no reply after 300ms while connecting to redis://127.0.0.1" in message


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("cache", "no variable has this name"),
        ("http://127.0.0.1", "is of no Redis"),
        ("redis://127.0.0.1:port", "cannot be read"),
        ("redis://127.0.0.1/shop", "the number of a database"),
        ("redis:///0", "is of no Redis"),
        ("redis://:verysecret@127.0.0.1?x=1", "is of no Redis"),
    ],
)
async def test_a_url_that_is_none_is_told(fault_of, url, said):
    code, message = await fault_of((GET, {"url": url, "key": "a"}))

    assert code == "TM570"
    assert said in message
    assert "verysecret" not in message


async def test_who_is_not_let_in_is_told(fault_of, redis_url, users):
    for password in ("wrongsecret", "s3cret/@y"):
        code, message = await fault_of((GET, {"url": at(redis_url, "reader", password), "key": "public:a"}))
        assert code == "TM572", message
        assert password not in message


async def test_a_user_may_only_do_what_is_granted(answer, fault_of, redis_url, users):
    url = at(redis_url, *users)

    assert (await answer((GET, {"url": url, "key": "public:a"})))["exists"] is False
    for step in ((GET, {"url": url, "key": "private:a"}), ("redis.set", {"url": url, "key": "public:a", "value": 1})):
        code, message = await fault_of(step)
        assert code == "TM575", message
        assert "may not do this" in message


async def test_a_key_of_another_type_is_told(fault_of, client):
    await client.rpush("a", 1)

    code, message = await fault_of((GET, {"key": "a"}))

    assert code == "TM574"
    assert "GET a on redis://" in message
    assert "TYPE" in message


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("NOSUCH a", "unknown command"),
        ("GET", "wrong number of arguments"),
        ("EVALSHA " + "0" * 40 + " 0", "EVAL"),
        ("CLUSTER NODES", "cluster"),
    ],
)
async def test_what_the_server_refuses_is_told_in_its_words(fault_of, command, said):
    code, message = await fault_of((COMMAND, {"command": command}))

    assert code == "TM578"
    assert said in message


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("SUBSCRIBE news", "has no one reply"),
        ("psubscribe *", "has no one reply"),
        ("MONITOR", "has no one reply"),
        ("MULTI", "EVAL"),
        ("SELECT 3", "set db"),
        ("AUTH verysecret", "set username and password"),
        ("CLIENT REPLY OFF", "no reply would come"),
        ("CLIENT TRACKING ON", "has no one reply"),
    ],
)
async def test_a_command_that_is_none_for_a_step_is_refused_with_the_reason(ask, command, said):
    played = await ask((COMMAND, {"command": command}))

    assert played["s0"].error_code == "TM577"
    assert said in played["s0"].error_message
    assert "verysecret" not in played.said


async def test_a_password_is_in_no_record(ask, redis_url, users):
    played = await ask((GET, {"url": at(redis_url, "reader", "verysecret"), "key": "a"}))

    assert "verysecret" not in played.said


async def test_an_error_leaves_the_connection_to_the_next_step(ask, client):
    await client.rpush("a", 1)
    before = len(await client.client_list())

    await ask((GET, {"key": "a"}))
    await ask((GET, {"key": "a"}))

    assert len(await client.client_list()) == before + 1


async def test_what_a_command_changes_of_a_connection_reaches_no_other_step(answer):
    found = await answer((COMMAND, {"command": "CLIENT SETNAME mine"}), (COMMAND, {"command": "CLIENT GETNAME"}))

    assert not found["value"]


async def test_a_blocking_command_ends_with_its_steps_time_here_and_on_the_server(ask, client):
    played = await ask((COMMAND, {"command": "BLPOP nothing 0", "timeout": "300ms"}))

    assert played["s0"].error_code == "TM579"
    assert "no reply after 300ms while BLPOP" in played["s0"].error_message
    await until_nobody_waits(client)


async def until_nobody_waits(client):
    async with asyncio.timeout(5):
        while (await client.info("clients"))["blocked_clients"]:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("db", [0, 5])
async def test_testmeshs_own_redis_is_refused_on_a_server_in_any_database(ask, client, db):
    for topic in TOPICS[:3]:
        await client.xadd(topic.wire, {"a": "b"})

    played = await ask((GET, {"key": "a", "db": db}), on_server=True)
    assert played["s0"].error_code == "TM576"
    assert "no flow may ask it" in played["s0"].error_message

    assert (await ask((GET, {"key": "a", "db": db}))).outcome.status == "passed"


async def test_another_redis_is_asked_on_a_server(answer, client):
    await client.xadd("testmesh.of.others", {"a": "b"})

    assert (
        await answer(("redis.set", {"key": "a", "value": 1, "db": 2}), (GET, {"key": "a", "db": 2}), on_server=True)
    )["value"] == "1"
    assert await client.exists("a") == 0


async def test_two_hundred_cancelled_steps_leave_nothing_behind(ask, client):
    def left():
        tasks = len(asyncio.all_tasks())
        own = [each for each in threading.enumerate() if not each.name.startswith("asyncio_")]
        return len(list(Path("/proc/self/fd").iterdir())), tasks, len(own)

    async def cut_off():
        cancel = asyncio.Event()
        playing = asyncio.create_task(ask((COMMAND, {"command": "BLPOP nothing 0"}), cancel=cancel))
        async with asyncio.timeout(5):
            while not (await client.info("clients"))["blocked_clients"]:
                await asyncio.sleep(0)
        cancel.set()
        async with asyncio.timeout(1):
            played = await playing
        assert played.outcome.status == "cancelled"
        await until_nobody_waits(client)

    await cut_off()
    before = left()
    for _ in range(200):
        await cut_off()
    async with asyncio.timeout(2):
        while any(now > then for now, then in zip(left(), before, strict=True)):
            await asyncio.sleep(0.02)
