"""Row (a): no-op flows, accepted in bulk, run and persisted."""

from tests.bench.baseline import running_naive
from tests.bench.bulk import run_for_seconds, run_in_bulk
from tests.bench.design import Wanted
from tests.bench.flows import NOOP_STEPS, noop
from tests.bench.row import Figure, Row, cost_figures, noise
from tests.bench.scene import Scene

GOAL = 3000
WARM_UP = 500
EACH = Wanted(steps=NOOP_STEPS, assertions=1)


async def measure(scene: Scene) -> Row:
    count = 2_000 if scene.quick else 10_000
    ours = await run_in_bulk(scene.product, noop("bench-a"), count, warm_up=WARM_UP, each=EACH)
    async with running_naive(scene.product, scene.runners) as naive:
        seconds = 3 if scene.quick else 10
        theirs = await run_for_seconds(naive, noop("bench-a"), seconds, first=50, each=EACH)
    return Row(
        letter="a",
        title="no-op flows in bulk, persisted",
        load=(
            f"{count:,} of ours at once after {WARM_UP} to warm up, {scene.runners} runners; {noise(ours.cost)}",
            f"{theirs.count:,} of the naive design's, {scene.runners} runners; {noise(theirs.cost)}",
        ),
        figures=(
            Figure("accepted", ours.accepted_rate, "flows/s", theirs.accepted_rate),
            Figure("persisted", ours.rate, "flows/s", theirs.rate, GOAL),
            *cost_figures(ours.cost, count, "flow", theirs.cost, theirs.count),
        ),
        faults=(*ours.faults, *theirs.faults),
    )
