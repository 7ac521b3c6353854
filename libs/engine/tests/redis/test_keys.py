"""Keys are written, read, looked for and taken away; any command has its reply."""

import base64

import pytest

pytestmark = pytest.mark.integration
SET, GET = "redis.set", "redis.get"


async def test_what_was_written_is_read(answer):
    found = await answer((SET, {"key": "a", "value": "größe"}, "written"), (GET, {"key": "a"}))

    assert found == {"value": "größe", "exists": True, "ttl_ms": None}


async def test_a_key_that_is_not_there_is_nil(answer):
    assert await answer((GET, {"key": "a"}, "value == nil", "exists == false")) == {
        "value": None,
        "exists": False,
        "ttl_ms": None,
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7, "7"),
        (1.5, "1.5"),
        (True, "true"),
        (None, "null"),
        ({"a": [1, "x"]}, '{"a": [1, "x"]}'),
        ([], "[]"),
        ("", ""),
    ],
)
async def test_values_are_written_as_text_or_json(answer, value, text):
    assert (await answer((SET, {"key": "a", "value": value}), (GET, {"key": "a"})))["value"] == text


async def test_json_is_parsed_where_asked(answer):
    found = await answer(
        (SET, {"key": "a", "value": {"total": 59.98}}), (GET, {"key": "a", "json": True}, "value.total == 59.98")
    )

    assert found["value"] == {"total": 59.98}


async def test_a_value_that_is_no_json_fails_the_step(ask):
    played = await ask((SET, {"key": "a", "value": "{oops"}), (GET, {"key": "a", "json": True}))

    assert played["s1"].status == "failed"
    assert "is no JSON" in played["s1"].error_message


async def test_no_value_at_all_is_nil_as_json_too(answer):
    assert (await answer((GET, {"key": "a", "json": True})))["value"] is None


async def test_bytes_that_are_no_text_are_marked(answer, client):
    await client.set("a", b"\x00\xff")

    assert (await answer((GET, {"key": "a"})))["value"] == {"base64": "AP8="}
    await answer((SET, {"key": "b", "base64": base64.b64encode(b"\xfe\x01").decode()}))
    assert await client.get("b") == b"\xfe\x01"


async def test_a_key_lives_as_long_as_it_was_given(answer, client):
    found = await answer((SET, {"key": "a", "value": 1, "ttl": "1m30s"}), (GET, {"key": "a"}))

    assert 80_000 < found["ttl_ms"] <= 90_000
    await answer((SET, {"key": "a", "value": 1}))
    assert await client.pttl("a") == -1


@pytest.mark.parametrize(("only_if", "first", "second"), [("absent", True, False), ("present", False, False)])
async def test_a_key_is_only_written_where_that_holds(ask, only_if, first, second):
    config = {"key": "a", "value": 1, "only_if": only_if}
    played = await ask((SET, config), (SET, config))

    assert (played["s0"].output["written"], played["s1"].output["written"]) == (first, second)


async def test_keys_are_counted_and_deleted(answer, client):
    await client.mset({"a": 1, "b": 2})

    assert await answer(("redis.exists", {"key": ["a", "b"]})) == {"exists": True, "count": 2}
    assert await answer(("redis.exists", {"key": ["a", "a", "c"]})) == {"exists": False, "count": 1}
    assert await answer(("redis.del", {"key": ["a", "c"]})) == {"deleted": 1}
    assert await answer(("redis.exists", {"key": "a"})) == {"exists": False, "count": 0}


@pytest.mark.parametrize(
    ("command", "args", "value"),
    [
        ("PING", [], "PONG"),
        ("HGETALL h", [], {"name": "Bob the first", "age": "7"}),
        ("HGET", ["h", "name"], "Bob the first"),
        ("lrange l 0 -1", [], ["a", "b"]),
        ("SMEMBERS", ["s"], ["x", "y"]),
        ("ZRANGE z 0 -1 WITHSCORES", [], [["m", 1.5]]),
        ("GET", ["nothing"], None),
        ("TYPE", ["h"], "hash"),
        ("INCR", ["n"], 1),
        ("XRANGE", ["x", "-", "+"], [["1-1", ["f", "v"]]]),
        ("ECHO", [True], "true"),
        ("CONFIG GET maxmemory-policy", [], {"maxmemory-policy": "noeviction"}),
        ("EVAL", ["return {1, 'two', {3}}", 0], [1, "two", [3]]),
    ],
)
async def test_a_command_has_its_reply(answer, client, command, args, value):
    await client.hset("h", mapping={"name": "Bob the first", "age": 7})
    await client.rpush("l", "a", "b")
    await client.sadd("s", "y", "x")
    await client.zadd("z", {"m": 1.5})
    await client.xadd("x", {"f": "v"}, id="1-1")

    found = await answer(("redis_command", {"command": command, "args": args}))

    if command == "SMEMBERS":  # it has no order
        found["value"].sort()
    assert found == {"value": value, "exists": value is not None}


async def test_an_argument_is_never_taken_apart(answer, client):
    await answer(("redis_command", {"command": "SET", "args": ["a", "b EX 1"]}))

    assert await client.get("a") == b"b EX 1"


async def test_a_commands_texts_are_parsed_where_asked(answer, client):
    await client.hset("h", mapping={"total": "59.98", "lines": "[1]"})

    found = await answer(("redis_command", {"command": "HGETALL h", "json": True}))

    assert found["value"] == {"total": 59.98, "lines": [1]}


async def test_host_and_port_are_as_good_as_a_url(play, redis_url):
    from urllib.parse import urlsplit

    parts = urlsplit(redis_url)
    config = {"host": parts.hostname, "port": parts.port, "db": 3, "key": "a", "value": 1}
    if parts.password:
        config |= {"password": parts.password, "username": parts.username or "default"}
    import json

    played = await play(json.dumps({"name": "a", "steps": [{"id": "a", "action": "redis.set", "config": config}]}))

    assert played.outcome.status == "passed", played["a"].error_message


async def test_a_variable_may_hold_the_url(ask, client, redis_url):
    await client.set("a", "x")

    played = await ask((GET, {"url": "cache", "key": "a"}, 'value == "x"'), variables={"cache": redis_url})

    assert played.outcome.status == "passed", played["s0"].error_message


async def test_each_database_is_its_own(answer, client):
    await answer((SET, {"key": "a", "value": 1, "db": 5}))

    assert not await client.exists("a")
