"""Row (g): the mistake in a flow of 300 lines is found; CPU of the check, and of all of `testmesh validate`."""

import tempfile
import time
from pathlib import Path

from testmesh_engine.language import FlowInvalidError, parse_flow
from testmesh_engine.language.parse import built_in_actions
from tests.bench.commands import run_command
from tests.bench.percentiles import Spread
from tests.bench.row import Row, latency_figures
from tests.bench.scene import Scene
from tests.house.running import TESTMESH

GOAL_MS = 200
TIMES = 30
STEPS = 59
STEP = """\
  - id: order_{number}
    action: http_request
    config: {{method: POST, url: "${{base_url}}/orders", body: {{customer: "${{customer}}", count: {number}}}}}
    assert: [status == 201, 'all(body.items, {{ .count > 0 }})', 'body.total == sum(map(body.items, {{ .price }}))']
    retry: {{max_attempts: 3, delay: 1s, on: [error]}}
"""
MISTAKE = "  - {action: log, config: {mesage: done}}\n"


async def measure(scene: Scene) -> Row:
    source = _flow()
    place = source.count("\n"), MISTAKE.index("mesage") + 1
    times = 5 if scene.quick else TIMES
    checks = [_check(source, place) for _ in range(times)]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "flow.yaml"
        file.write_text(source)
        said = f"flow.yaml:{place[0]}:{place[1]}"
        calls = run_command(TESTMESH, "validate", file, times=times, exit_code=2, says=said)
    return Row(
        letter="g",
        title="a mistake found in a flow of 300 lines",
        load=(f"{times} times each, {source.count(chr(10))} lines, {STEPS + 1} steps",),
        figures=(
            *latency_figures("CPU of the check", Spread.of([cpu_ms for cpu_ms, _ in checks]), GOAL_MS),
            *latency_figures("CPU of `testmesh validate`", calls.cpu_ms, None),
        ),
        faults=[*sorted({fault for _, fault in checks if fault}), *calls.faults],
    )


def _flow() -> str:
    head = "name: Many orders\nenv:\n  base_url: http://127.0.0.1:1\n  customer: Ada\nsteps:\n"
    return head + "".join(STEP.format(number=number) for number in range(1, STEPS + 1)) + MISTAKE


def _check(source: str, place: tuple[int, int]) -> tuple[float, str]:
    """Return the CPU milliseconds of one check in this process, and what is wrong with what it found."""
    began = time.process_time()
    try:
        parse_flow(source, file="flow.yaml", registry=built_in_actions())
    except FlowInvalidError as invalid:
        found = [(fault.line, fault.column) for fault in invalid.diagnostics]
    else:
        found = []
    cpu_ms = (time.process_time() - began) * 1000
    return cpu_ms, "" if place in found else f"check: wanted the fault at {place}, it found {found}"
