"""Row (j): 200 files of 5 steps by `testmesh run -j`, from its start to its exit."""

import os
import sys
import tempfile
from pathlib import Path

from tests.bench import bare_client
from tests.bench.commands import run_command
from tests.bench.flows import gets
from tests.bench.row import Figure, Row
from tests.bench.scene import Scene
from tests.house.running import TESTMESH

GOAL = 250
FILES = 200
STEPS = 5
TIMES = 10


async def measure(scene: Scene) -> Row:
    times, jobs = 2 if scene.quick else TIMES, str(os.cpu_count() or 1)
    served = scene.requests_served()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(FILES):
            file = Path(folder) / f"{number:03}.yaml"
            file.write_text(gets(f"bench-j {number}", scene.target_url, STEPS))
        ours = run_command(TESTMESH, "run", "-j", jobs, folder, times=times, says=f"{FILES} passed")
    answered = scene.requests_served() - served
    requests = str(FILES * STEPS)
    bare = run_command(sys.executable, bare_client.__file__, scene.target_url, requests, jobs, times=times)
    faults = [*ours.faults, *bare.faults]
    if answered != (wanted := (times + 1) * FILES * STEPS):
        faults.append(f"target: wanted {wanted} requests, it answered {answered}")
    rate, bare_rate = FILES * 1000 / ours.wall_ms.p50, FILES * 1000 / bare.wall_ms.p50
    return Row(
        letter="j",
        title=f"{FILES} files of {STEPS} steps, `testmesh run -j {jobs}`, from start to exit",
        load=(
            f"{times} times, after once to warm up; GETs with two assertions; the rate is that of the median run",
            f"baseline: aiohttp alone asking {requests} times, {jobs} at once, from start to exit",
        ),
        figures=(
            Figure("flows", rate, "flows/s", bare_rate, GOAL),
            Figure("start to exit: p50", ours.wall_ms.p50, "ms", bare.wall_ms.p50, better="less"),
            Figure("start to exit: p99", ours.wall_ms.p99, "ms", bare.wall_ms.p99, better="less"),
            Figure("CPU a flow", ours.cpu_ms.p50 / FILES, "ms", bare.cpu_ms.p50 / FILES, better="less"),
            Figure("memory", ours.memory_mb, "MB", bare.memory_mb, better="less"),
        ),
        faults=faults,
    )
