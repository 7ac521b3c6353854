"""Executions in bulk, as fast as a design takes and finishes them."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.design import Design, Wanted
from tests.bench.usage import Cost, Meter


@dataclass(frozen=True)
class Bulk:
    """What was accepted and persisted, how fast, at what cost, and what was wrong with it."""

    count: int
    executions: int
    """With those to warm up."""
    accepted_s: float
    persisted_s: float
    cost: Cost
    faults: Sequence[str]

    @property
    def accepted_rate(self) -> float:
        return self.count / self.accepted_s

    @property
    def rate(self) -> float:
        """Flows a second, from the first POST until the last result is in the database."""
        return self.count / self.persisted_s


async def run_in_bulk(design: Design, source: str, count: int, *, warm_up: int, each: Wanted) -> Bulk:
    """Warm up, then start `count` executions and wait until all are persisted and settled."""
    flow_id = await design.create_flow(source)
    await _run(design, flow_id, warm_up, already=0)
    await design.until_settled()
    meter = Meter(design.kinds, design.probe)
    meter.start()
    accepted_s, persisted_s = await _run(design, flow_id, count, already=warm_up)
    await design.until_settled()
    cost, executions = meter.stop(), warm_up + count
    return Bulk(count, executions, accepted_s, persisted_s, cost, await design.faults(flow_id, each.times(executions)))


async def run_for_seconds(design: Design, source: str, seconds: float, *, first: int, each: Wanted) -> Bulk:
    """Find the design's rate with `first` executions, then measure as many as fill so many seconds."""
    flow_id = await design.create_flow(source)
    await _run(design, flow_id, first, already=0)
    _, took = await _run(design, flow_id, first, already=first)
    count = max(first, round(first / took * seconds))
    meter = Meter(design.kinds, design.probe)
    meter.start()
    accepted_s, persisted_s = await _run(design, flow_id, count, already=2 * first)
    cost, executions = meter.stop(), 2 * first + count
    return Bulk(count, executions, accepted_s, persisted_s, cost, await design.faults(flow_id, each.times(executions)))


async def _run(design: Design, flow_id: str, count: int, *, already: int) -> tuple[float, float]:
    started = time.perf_counter()
    await design.start(flow_id, count)
    accepted_s = time.perf_counter() - started
    await design.until_persisted(flow_id, already + count)
    return accepted_s, time.perf_counter() - started
