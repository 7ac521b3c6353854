"""Row (k): what the runners hold on to: their memory and open files before and after 10,000 flows of HTTP."""

from collections.abc import Iterable
from dataclasses import dataclass

import psutil

from tests.bench.design import Wanted
from tests.bench.flows import ASSERTIONS, GETS, three_gets
from tests.bench.row import Figure, Row
from tests.bench.scene import Scene

WARM_UP = 4_000
"""Flows after which pools, caches and the allocator's arenas have grown to what the load asks for."""
FLOWS = 10_000
LOOKS = 5
GROWTH_GOAL_MB = 5.0
FILES_GOAL = 5.0
"""A connection more or less is the pool's breathing; a leak of one in a thousand flows is twice this."""
EACH = Wanted(steps=GETS, assertions=GETS * ASSERTIONS)


@dataclass(frozen=True)
class _Look:
    """What all runners together hold: memory of their own in MB, open files."""

    memory_mb: float
    files: int

    @classmethod
    def at(cls, runners: Iterable[int]) -> "_Look":
        processes = [psutil.Process(pid) for pid in runners]
        memory = sum(process.memory_full_info().uss for process in processes)
        return cls(memory / 1e6, sum(process.num_fds() for process in processes))


async def measure(scene: Scene) -> Row:
    product, part = scene.product, 10 if scene.quick else 1
    runners = list(product.house.record["pids"]["runner"])
    flow_id = await product.create_flow(three_gets("bench-k", scene.target_url))
    done, looks = 0, list[_Look]()
    for count in (WARM_UP // part, *[FLOWS // part // LOOKS] * LOOKS):
        done += count
        await product.start(flow_id, count)
        await product.until_persisted(flow_id, done)
        await product.until_settled()
        looks.append(_Look.at(runners))
    first, last = looks[0], looks[-1]
    return Row(
        letter="k",
        title=f"what {len(runners)} runners hold on to over {done - WARM_UP // part:,} flows of {GETS} HTTP GETs",
        load=(
            f"in {LOOKS} parts, each run and settled, after {WARM_UP // part:,} to warm up",
            f"memory of their own after each part, MB: {', '.join(f'{look.memory_mb:.1f}' for look in looks)}",
            f"open files after each part: {', '.join(str(look.files) for look in looks)}",
        ),
        figures=(
            Figure("memory before", first.memory_mb, "MB", better="less"),
            Figure("memory after", last.memory_mb, "MB", better="less"),
            Figure("memory grown", last.memory_mb - first.memory_mb, "MB", goal=GROWTH_GOAL_MB, better="less"),
            Figure("open files grown", last.files - first.files, "files", goal=FILES_GOAL, better="less"),
        ),
        faults=await product.faults(flow_id, EACH.times(done)),
    )
