"""Several streams, heard together from a moment in the past on, with word of what was missed."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from testmesh_chassis.bus import Feed
from testmesh_chassis.bus.feed import COUNT, FeedDeafError
from testmesh_contracts.live import LiveCursor, Place

pytestmark = pytest.mark.integration

CAUSE, EFFECT = "a.cause", "an.effect"


class Ear:
    """Writes down what it hears, and where it was told to begin."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.begins: dict[str, list[str]] = defaultdict(list)
        self.fails_at: bytes | None = None

    def hear(self, stream: str, entry_id: str, fields: Mapping[bytes, bytes]) -> None:
        if fields[b"n"] == self.fails_at:
            raise RuntimeError("planted")
        self.heard.append((stream, fields[b"n"]))

    def begin(self, stream: str, after: str) -> None:
        self.begins[stream].append(after)

    def numbers(self, stream: str) -> list[int]:
        return [int(number) for name, number in self.heard if name == stream]

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not is_so():
                await asyncio.sleep(0.01)


@pytest_asyncio.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = Redis.from_url(redis_url)
    yield client
    await client.aclose()


@pytest_asyncio.fixture
async def hearing(redis_url: str) -> AsyncIterator[tuple[Ear, Feed]]:
    ear = Ear()
    feed = Feed(redis_url, [CAUSE, EFFECT], ear, reach_s=60)
    yield ear, feed
    await feed.stop()


async def add(redis: Redis, stream: str, numbers: Sequence[int]) -> None:
    pipe = redis.pipeline(transaction=False)
    for number in numbers:
        pipe.xadd(stream, {"n": number})
    await pipe.execute()


async def begun(ear: Ear, feed: Feed) -> None:
    await feed.start()
    await ear.until(lambda: len(ear.begins) == 2)


async def test_a_read_that_finds_nothing_puts_off_no_later_one(redis, hearing):
    _, feed = hearing
    await feed._step()
    assert feed._pace._next_at == 0.0
    await add(redis, CAUSE, [1])
    await feed._step()

    assert feed._pace._next_at > 0.0
    await feed._close()


async def test_what_was_said_before_the_start_is_heard_as_far_as_it_reaches(redis, hearing):
    ear, feed = hearing
    await redis.xadd(CAUSE, {"n": 0}, id="1000-0")
    await add(redis, CAUSE, [1, 2])
    await begun(ear, feed)
    await add(redis, CAUSE, [3])
    await ear.until(lambda: len(ear.heard) == 3)

    assert ear.numbers(CAUSE) == [1, 2, 3]


async def test_an_empty_stream_is_heard_from_its_first_entry(redis, hearing):
    ear, feed = hearing
    await begun(ear, feed)
    await add(redis, EFFECT, [1])
    await ear.until(lambda: bool(ear.heard))

    assert ear.begins == {CAUSE: ["0-0"], EFFECT: ["0-0"]}


async def test_an_effect_is_never_heard_before_its_cause(redis, hearing):
    ear, feed = hearing
    numbers = range(COUNT * 3)
    for number in numbers:
        await add(redis, CAUSE, [number])
        await add(redis, EFFECT, [number])
    await begun(ear, feed)
    await ear.until(lambda: len(ear.heard) == 2 * len(numbers))

    order = {entry: index for index, entry in enumerate(ear.heard)}
    assert ear.numbers(CAUSE) == ear.numbers(EFFECT) == list(numbers)
    assert all(order[CAUSE, b"%d" % n] < order[EFFECT, b"%d" % n] for n in numbers)


async def test_a_lost_connection_loses_and_repeats_nothing(redis, hearing):
    ear, feed = hearing
    await begun(ear, feed)
    await add(redis, CAUSE, [1])
    await ear.until(lambda: len(ear.heard) == 1)
    await redis.client_kill_filter(_type="normal", skipme=True)
    await add(redis, CAUSE, [2])
    await ear.until(lambda: len(ear.heard) == 2)

    assert ear.numbers(CAUSE) == [1, 2]
    assert ear.begins[CAUSE] == ["0-0"]


async def test_entries_that_were_trimmed_before_they_were_heard_are_told_of_as_missed(redis, hearing):
    ear, feed = hearing
    await begun(ear, feed)
    await add(redis, CAUSE, [1])
    await ear.until(lambda: len(ear.heard) == 1)
    pipe = redis.pipeline(transaction=True)
    pipe.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    for number in (2, 3, 4):
        pipe.xadd(CAUSE, {"n": number})
    pipe.xtrim(CAUSE, maxlen=1, approximate=False)
    await pipe.execute()
    await ear.until(lambda: len(ear.heard) == 2)

    assert ear.numbers(CAUSE) == [1, 4]
    assert len(ear.begins[CAUSE]) == 2
    assert len(ear.begins[EFFECT]) == 1


async def test_a_server_that_lost_its_data_is_heard_from_its_first_entry(redis, hearing):
    ear, feed = hearing
    await begun(ear, feed)
    await redis.xadd(CAUSE, {"n": 1}, id="9999999999999-0")
    await ear.until(lambda: len(ear.heard) == 1)
    pipe = redis.pipeline(transaction=True)
    pipe.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    pipe.flushall()
    pipe.xadd(CAUSE, {"n": 2})
    await pipe.execute()
    await ear.until(lambda: len(ear.heard) == 2)

    assert ear.numbers(CAUSE) == [1, 2]
    assert ear.begins[CAUSE] == ["0-0", "0-0"]


async def test_entries_that_the_listener_cannot_take_count_as_missed_and_the_rest_is_heard(redis, hearing, caplog):
    ear, feed = hearing
    ear.fails_at = b"2"
    await begun(ear, feed)
    await add(redis, CAUSE, [1])
    await ear.until(lambda: len(ear.heard) == 1)
    await add(redis, CAUSE, [2])
    await ear.until(lambda: len(ear.begins[CAUSE]) == 2)
    await add(redis, CAUSE, [3])
    await ear.until(lambda: len(ear.heard) == 2)

    assert ear.numbers(CAUSE) == [1, 3]


async def test_a_process_that_stood_still_sees_what_was_trimmed_meanwhile(redis, hearing, monkeypatch):
    ear, feed = hearing
    await begun(ear, feed)
    await add(redis, CAUSE, [1])
    await ear.until(lambda: len(ear.heard) == 1)
    monkeypatch.setattr("testmesh_chassis.bus.feed.STOOD_STILL_S", -1.0)
    pipe = redis.pipeline(transaction=True)
    for number in (2, 3, 4):
        pipe.xadd(CAUSE, {"n": number})
    pipe.xtrim(CAUSE, maxlen=1, approximate=False)
    await pipe.execute()
    await ear.until(lambda: len(ear.heard) == 2)

    assert ear.numbers(CAUSE) == [1, 4]
    assert len(ear.begins[CAUSE]) == 2


async def test_after_another_server_answers_all_begins_again(redis, hearing, monkeypatch):
    ear, feed = hearing
    await begun(ear, feed)
    await add(redis, CAUSE, [1])
    await ear.until(lambda: len(ear.heard) == 1)

    async def another(_client: Redis) -> str:
        return "another life"

    monkeypatch.setattr("testmesh_chassis.bus.feed.server_id", another)
    await redis.client_kill_filter(_type="normal", skipme=True)
    await ear.until(lambda: len(ear.heard) == 2)

    assert ear.numbers(CAUSE) == [1, 1]
    assert [len(begins) for begins in ear.begins.values()] == [2, 2]


async def test_it_has_begun_when_all_that_there_was_is_heard(redis, hearing):
    ear, feed = hearing
    await add(redis, CAUSE, range(COUNT * 2 + 7))
    assert not feed.is_hearing
    await feed.start()

    assert await feed.has_begun(10)
    assert len(ear.numbers(CAUSE)) == COUNT * 2 + 7
    assert feed.is_hearing


async def test_where_it_begins_behind_a_trimmed_entry_is_a_place_that_cursors_can_name(redis, hearing):
    ear, feed = hearing
    await add(redis, CAUSE, [1, 2])
    await redis.xtrim(CAUSE, maxlen=1, approximate=False)
    await begun(ear, feed)
    cursor = LiveCursor({"0": Place.of_entry(ear.begins[CAUSE][0])})

    assert LiveCursor.parse(str(cursor)) == cursor


async def test_a_feed_that_hears_nothing_says_so(redis_url):
    feed = Feed("redis://127.0.0.1:1/0", [CAUSE], Ear(), reach_s=60)
    await feed.start()

    assert not await feed.has_begun(0.1)
    with pytest.raises(FeedDeafError):
        await feed.check()
    await feed.stop()
