"""Row (h): `testmesh --version`, and a flow of one HTTP request, each from its start to its exit."""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench import bare_client
from tests.bench.commands import Runs, run_command
from tests.bench.flows import gets
from tests.bench.row import Figure, Row
from tests.bench.scene import Scene
from tests.house.running import TESTMESH

GOAL_VERSION_MS = 150
GOAL_REQUEST_MS = 300
TIMES = 20


async def measure(scene: Scene) -> Row:
    times = 5 if scene.quick else TIMES
    nothing = run_command(sys.executable, "-c", "pass", times=times)
    version = run_command(TESTMESH, "--version", times=times, says="testmesh ")
    bare = run_command(sys.executable, bare_client.__file__, scene.target_url, "1", "1", times=times)
    served = scene.requests_served()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "flow.yaml"
        file.write_text(gets("bench-h", scene.target_url, 1))
        request = run_command(TESTMESH, "run", file, times=times, says="1 passed")
    faults = [fault for runs in (nothing, version, bare, request) for fault in runs.faults]
    if (answered := scene.requests_served() - served) != times + 1:
        faults.append(f"target: wanted {times + 1} requests, it answered {answered}")
    return Row(
        letter="h",
        title="the command, from start to exit",
        load=(
            f"{times} times each, after once to warm up; the goals are for the median",
            "baselines: `python -c pass`, and aiohttp asking once",
        ),
        figures=(
            *_figures("--version", version, nothing, GOAL_VERSION_MS),
            *_figures("run of one request", request, bare, GOAL_REQUEST_MS),
        ),
        faults=faults,
    )


def _figures(what: str, ours: Runs, bare: Runs, goal_ms: float) -> Iterator[Figure]:
    yield Figure(f"{what}: p50", ours.wall_ms.p50, "ms", bare.wall_ms.p50, goal_ms, better="less")
    yield Figure(f"{what}: p99", ours.wall_ms.p99, "ms", bare.wall_ms.p99, better="less")
    yield Figure(f"{what}: CPU", ours.cpu_ms.p50, "ms", bare.cpu_ms.p50, better="less")
