import asyncio

from tests.bench.openloop import OpenLoop


class ClockByHand:
    """Stands still, but for who waits on it and who moves it."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    async def until(self, moment: float) -> None:
        await asyncio.sleep(0)  # what was started meanwhile happens before the time moves
        self.time = max(self.time, moment)


async def test_requests_are_sent_when_they_are_due_although_none_is_answered():
    clock, sent, answered = ClockByHand(), [], asyncio.Event()

    async def send(number: int) -> None:
        sent.append((number, clock.now()))
        await answered.wait()

    loop = OpenLoop(send, rate=10, count=4, clock=clock)
    running = asyncio.create_task(loop.run())
    while len(sent) < 4:
        await asyncio.sleep(0)

    assert [number for number, _ in sent] == [0, 1, 2, 3]
    assert loop.latencies_ms == []
    clock.time = 1.0
    answered.set()
    await running
    assert [round(latency) for latency in loop.latencies_ms] == [1000, 900, 800, 700]


async def test_a_stall_of_the_generator_counts_as_latency_of_all_that_were_due_in_it():
    clock = ClockByHand()

    async def send(number: int) -> None:
        if number == 0:
            clock.time = 1.0

    loop = OpenLoop(send, rate=10, count=3, clock=clock)
    await loop.run()

    assert [round(late) for late in loop.late_ms] == [0, 900, 800]
    assert [round(latency) for latency in loop.latencies_ms] == [1000, 900, 800]
