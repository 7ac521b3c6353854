"""Large bodies are read in turns, few at a time, and none waits for ever."""

import asyncio
import threading

import pytest

from testmesh_api.bodies import AT_ONCE_BYTES
from testmesh_api.errors import BodiesBusyError
from testmesh_api.large_bodies import LargeBodies

LARGE = b"x" * (AT_ONCE_BYTES + 1)


class Readers:
    """Readers that stay in their body until they are let go, and are counted."""

    def __init__(self) -> None:
        self.inside = self.most = 0
        self.full = threading.Semaphore(0)
        self.go = threading.Event()
        self._lock = threading.Lock()

    def read(self, body: bytes) -> int:
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self.full.release()
        assert self.go.wait(30)
        with self._lock:
            self.inside -= 1
        return len(body)

    async def are_inside(self, number: int) -> None:
        for _ in range(number):
            assert await asyncio.to_thread(self.full.acquire, timeout=30)


async def test_no_more_large_bodies_are_read_together_than_may_be() -> None:
    readers, large = Readers(), LargeBodies(together=2)
    reading = [asyncio.create_task(large.read(LARGE, readers.read)) for _ in range(5)]
    await readers.are_inside(2)
    readers.go.set()

    assert await asyncio.gather(*reading) == [len(LARGE)] * 5
    assert readers.most == 2


async def test_who_waits_too_long_is_told_to_come_again_and_takes_no_turn() -> None:
    readers, large = Readers(), LargeBodies(together=1, patience_s=0.01)
    first = asyncio.create_task(large.read(LARGE, readers.read))
    await readers.are_inside(1)
    with pytest.raises(BodiesBusyError):
        await large.read(LARGE, len)
    readers.go.set()
    await first

    assert await large.read(LARGE, len) == len(LARGE)


async def test_a_small_body_waits_for_no_turn() -> None:
    assert await LargeBodies(together=0).read(b"{}", len) == 2


async def test_a_body_that_cannot_be_read_gives_its_turn_back() -> None:
    large = LargeBodies(together=1, patience_s=0.01)
    for _ in range(3):
        with pytest.raises(ValueError, match="invalid literal"):
            await large.read(LARGE, int)
