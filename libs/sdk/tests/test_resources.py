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
