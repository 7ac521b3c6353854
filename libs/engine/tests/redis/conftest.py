"""What asks a real Valkey, and users of it that may do less."""

import json

import pytest
import redis.asyncio


@pytest.fixture
async def client(redis_url):
    """The server, emptied, asked by its client alone."""
    made = redis.asyncio.Redis.from_url(redis_url, protocol=3)
    yield made
    await made.aclose()


def flow(*steps):
    """Return a flow of redis steps: each an action, its config, assertions."""
    written = [
        {"id": f"s{number}", "action": action, "config": config} | ({"assert": assertions} if assertions else {})
        for number, (action, config, *assertions) in enumerate(steps)
    ]
    return json.dumps({"name": "a", "steps": written})


@pytest.fixture
def ask(play, redis_url):
    """Ask one thing after another; return what was played."""

    async def carry_out(*steps, **given):
        told = [(action, {"url": redis_url} | config if "host" not in config else config, *rest)
                for action, config, *rest in steps]  # fmt: skip
        return await play(flow(*told), **given)

    return carry_out


@pytest.fixture
def answer(ask):
    """Ask one thing after another; return the last result."""

    async def carry_out(*steps, **given):
        played = await ask(*steps, **given)
        last = played[f"s{len(steps) - 1}"]
        assert played.outcome.status == "passed", played.outcome
        return {name: value for name, value in last.output.items() if name != "duration_ms"}

    return carry_out


@pytest.fixture
def fault_of(ask):
    """Ask one thing after another, of which the last is in vain; return its code and message."""

    async def carry_out(*steps, **given):
        last = (await ask(*steps, **given))[f"s{len(steps) - 1}"]
        assert last.status == "error", last
        return last.error_code, last.error_message

    return carry_out


@pytest.fixture
async def users(client):
    """A user `reader` with the password `s3cret/@x` that may read `public:*` alone."""
    await client.execute_command("ACL", "SETUSER", "reader", "on", ">s3cret/@x", "~public:*", "+@read", "+ping")
    yield "reader", "s3cret/@x"
    await client.execute_command("ACL", "DELUSER", "reader")
