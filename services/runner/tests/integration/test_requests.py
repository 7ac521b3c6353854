"""In which order requests are read."""

from collections import Counter

import pytest
import pytest_asyncio

from testmesh_chassis.bus.client import ensure_group
from testmesh_contracts.topics import REQUESTS
from testmesh_runner.requests import GROUP, PRIORITIES, WAITING_COUNT, Requests

pytestmark = pytest.mark.integration

SLOTS = 48
EACH = 100


@pytest_asyncio.fixture
async def requests(house):
    for topic in PRIORITIES:
        await ensure_group(house.redis, topic.wire, GROUP)
    reader = Requests(house.redis_url, "me")
    yield reader
    await reader.close()


async def _after_a_light_load(house, requests):
    await house.ask(house.request())
    assert len(await requests.read(SLOTS)) == 1
    await house.ask(house.request())
    assert len(await requests.read(SLOTS)) == 1


async def _all(requests, count):
    found = []
    while len(found) < count:
        read = await requests.read(SLOTS)
        assert read
        found += read
    return found


async def test_a_backlog_after_a_light_load_is_read_high_before_normal_before_low(house, requests):
    await _after_a_light_load(house, requests)
    for priority in ("low", "normal", "high"):
        await house.ask(*[house.request() for _ in range(EACH)], priority=priority)

    found = [each.topic for each in await _all(requests, 3 * EACH)]

    high, normal, low = (REQUESTS[priority] for priority in ("high", "normal", "low"))
    assert Counter(found) == {high: EACH, normal: EACH, low: EACH}
    until_high_is_done = found[: len(found) - found[::-1].index(high)]
    assert len(until_high_is_done) <= EACH + 2 * WAITING_COUNT
    until_normal_is_done = found[: len(found) - found[::-1].index(normal)]
    assert until_normal_is_done.count(low) <= WAITING_COUNT


async def test_a_light_load_costs_one_read_for_each_request(house, requests):
    await _after_a_light_load(house, requests)
    before = await _reads(house)

    for priority in ("low", "normal", "high"):
        await house.ask(house.request(), priority=priority)
        assert len(await requests.read(SLOTS)) == 1

    assert await _reads(house) - before == 3


async def test_a_read_that_finds_nothing_puts_off_no_later_one(house, requests):
    assert await requests.read(SLOTS) == []
    assert requests._pace._next_at == 0.0
    await house.ask(house.request())
    await requests.read(SLOTS)

    assert requests._pace._next_at > 0.0


async def _reads(house):
    stats = await house.redis.info("commandstats")
    return stats["cmdstat_xreadgroup"]["calls"]
