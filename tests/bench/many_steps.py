"""Row (i): 200 steps in one local run; what a step costs over the bare client's loop, and the memory."""

import sys
import tempfile
from pathlib import Path

from tests.bench import bare_client
from tests.bench.commands import Runs, run_command
from tests.bench.flows import gets
from tests.bench.row import Figure, Row
from tests.bench.scene import Scene
from tests.house.running import TESTMESH

GOAL_STEP_MS = 1
GOAL_MB = 80
STEPS = 200
TIMES = 10


async def measure(scene: Scene) -> Row:
    times = 3 if scene.quick else TIMES
    served = scene.requests_served()
    with tempfile.TemporaryDirectory() as folder:
        one, many = (_ours(scene, Path(folder), steps, times) for steps in (1, STEPS))
    answered = scene.requests_served() - served
    bare_one, bare_many = (_bare(scene, requests, times) for requests in (1, STEPS))
    faults = [fault for runs in (one, many, bare_one, bare_many) for fault in runs.faults]
    if answered != (wanted := (times + 1) * (1 + STEPS)):
        faults.append(f"target: wanted {wanted} requests, it answered {answered}")
    ours, bare = _each_ms(one, many), _each_ms(bare_one, bare_many)
    cpu, bare_cpu = (
        (last.cpu_ms.p50 - first.cpu_ms.p50) / (STEPS - 1) for first, last in ((one, many), (bare_one, bare_many))
    )
    return Row(
        letter="i",
        title=f"{STEPS} steps in one local run",
        load=(
            f"{times} times each, after once to warm up; GETs with two assertions",
            f"a step: what {STEPS} take longer than 1, by the medians, divided; baseline: aiohttp alone, likewise",
        ),
        figures=(
            Figure("a step", ours, "ms", bare, better="less"),
            Figure("a step, over the bare loop", ours - bare, "ms", goal=GOAL_STEP_MS, better="less"),
            Figure("CPU a step", cpu, "ms", bare_cpu, better="less"),
            Figure("memory", many.memory_mb, "MB", bare_many.memory_mb, GOAL_MB, better="less"),
            Figure("start to exit: p50", many.wall_ms.p50, "ms", bare_many.wall_ms.p50, better="less"),
            Figure("start to exit: p99", many.wall_ms.p99, "ms", bare_many.wall_ms.p99, better="less"),
        ),
        faults=faults,
    )


def _ours(scene: Scene, folder: Path, steps: int, times: int) -> Runs:
    file = folder / f"{steps}.yaml"
    file.write_text(gets("bench-i", scene.target_url, steps))
    return run_command(TESTMESH, "run", file, times=times, says="1 passed")


def _bare(scene: Scene, requests: int, times: int) -> Runs:
    return run_command(sys.executable, bare_client.__file__, scene.target_url, str(requests), "1", times=times)


def _each_ms(one: Runs, many: Runs) -> float:
    return (many.wall_ms.p50 - one.wall_ms.p50) / (STEPS - 1)
