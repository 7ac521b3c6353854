import asyncio

import pytest

from testmesh_sdk import Resources, ResourcesClosedError


class Pool:
    def __init__(self):
        self.opened = 0
        self.closed = []

    async def open(self):
        await asyncio.sleep(0)
        self.opened += 1
        return f"connection {self.opened}"

    async def close(self, resource):
        self.closed.append(resource)


async def test_those_who_ask_at_once_share_what_is_opened_once():
    pool, resources = Pool(), Resources()
    found = await asyncio.gather(*(resources.get("k", pool.open, pool.close) for _ in range(5)))

    assert set(found) == {"connection 1"}
    assert pool.opened == 1


async def test_all_are_closed_once_in_reverse_even_if_one_fails():
    pool, resources = Pool(), Resources()
    await resources.get("a", pool.open, pool.close)

    async def fails(resource):
        raise OSError("gone")

    await resources.get("b", pool.open, fails)
    with pytest.raises(ExceptionGroup):
        await resources.close()
    await resources.close()

    assert pool.closed == ["connection 1"]
    with pytest.raises(ResourcesClosedError):
        await resources.get("a", pool.open, pool.close)


async def test_what_could_not_be_opened_is_tried_again_by_the_next():
    pool, resources = Pool(), Resources()

    async def fails():
        raise OSError("down")

    with pytest.raises(OSError, match="down"):
        await resources.get("a", fails, pool.close)

    assert await resources.get("a", pool.open, pool.close) == "connection 1"


async def test_what_nobody_uses_is_closed_after_its_idle_time_and_opened_anew_by_the_next():
    pool, resources = Pool(), Resources()
    closed = asyncio.Event()

    async def close(resource):
        await pool.close(resource)
        closed.set()

    async with resources.borrow("k", pool.open, close, idle_s=0.01) as first:
        async with resources.borrow("k", pool.open, close, idle_s=0.01) as second:
            assert (first, second) == ("connection 1", "connection 1")
        assert pool.closed == []
    async with asyncio.timeout(5):
        await closed.wait()

    async with resources.borrow("k", pool.open, close, idle_s=60) as third:
        assert third == "connection 2"
    await resources.close()
    assert pool.closed == ["connection 1", "connection 2"]


async def test_what_is_used_again_in_time_stays_open():
    pool, resources = Pool(), Resources()
    for _ in range(3):
        async with resources.borrow("k", pool.open, pool.close, idle_s=60):
            pass

    assert (pool.opened, pool.closed) == (1, [])
    await resources.close()
    assert pool.closed == ["connection 1"]


async def test_what_broke_is_dropped_and_the_next_opens_another():
    pool, resources = Pool(), Resources()
    async with resources.borrow("k", pool.open, pool.close, idle_s=60):
        await resources.drop("k")
    await resources.drop("k")

    assert await resources.get("k", pool.open, pool.close) == "connection 2"
    assert pool.closed == ["connection 1"]
    await resources.close()


async def test_what_does_not_close_in_time_keeps_no_other_from_it():
    pool, resources = Pool(), Resources()
    await resources.get("a", pool.open, pool.close)

    async def hangs(resource):
        await asyncio.Event().wait()

    await resources.get("b", pool.open, hangs)
    with pytest.raises(ExceptionGroup):
        await resources.close(each_s=0.01)

    assert pool.closed == ["connection 1"]


async def test_a_failure_to_close_an_idle_thing_is_nobodys_trouble():
    tried = asyncio.Event()
    pool, resources = Pool(), Resources()

    async def fails(resource):
        tried.set()
        raise OSError("gone")

    async with resources.borrow("k", pool.open, fails, idle_s=0):
        pass
    async with asyncio.timeout(5):
        await tried.wait()
    await resources.close()

    assert pool.opened == 1


async def test_what_is_kept_is_found_without_being_opened():
    pool, resources = Pool(), Resources()

    assert resources.find("k") is None
    await resources.get("k", pool.open, pool.close)
    assert resources.find("k") == "connection 1"
    await resources.close()
    assert resources.find("k") is None


async def test_a_cancelled_close_gives_up_one_and_closes_the_others():
    pool, resources, closing = Pool(), Resources(), asyncio.Event()

    async def never(resource):
        closing.set()
        await asyncio.Event().wait()

    await resources.get("a", pool.open, pool.close)
    await resources.get("b", pool.open, never)
    task = asyncio.create_task(resources.close(each_s=60))
    await closing.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert pool.closed == ["connection 1"]
