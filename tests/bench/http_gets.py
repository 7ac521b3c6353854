"""Row (b): flows of three HTTP GETs with two assertions each, run and persisted."""

from tests.bench.baseline import running_naive
from tests.bench.bulk import Bulk, run_for_seconds, run_in_bulk
from tests.bench.design import Wanted
from tests.bench.flows import ASSERTIONS, GETS, three_gets
from tests.bench.row import Figure, Row, cost_figures, noise
from tests.bench.scene import Scene

GOAL = 1000
TIMES_NAIVE = 10
WARM_UP = 300
EACH = Wanted(steps=GETS, assertions=GETS * ASSERTIONS)


async def measure(scene: Scene) -> Row:
    ours, faults = await measure_ours(scene)
    served = scene.requests_served()
    async with running_naive(scene.product, scene.runners) as naive:
        seconds = 3 if scene.quick else 10
        theirs = await run_for_seconds(naive, three_gets("bench-b", scene.target_url), seconds, first=20, each=EACH)
    faults += theirs.faults
    faults += _served(scene, served, theirs, "naive: ")
    return Row(
        letter="b",
        title=f"flows of {GETS} HTTP GETs with {ASSERTIONS} assertions each, in bulk, persisted",
        load=(
            f"{ours.count:,} of ours at once after {WARM_UP} to warm up, {scene.runners} runners; {noise(ours.cost)}",
            f"{theirs.count:,} of the naive design's, {scene.runners} runners; {noise(theirs.cost)}",
        ),
        figures=(
            Figure("accepted", ours.accepted_rate, "flows/s", theirs.accepted_rate),
            Figure("persisted", ours.rate, "flows/s", theirs.rate, GOAL),
            Figure("times the naive design", ours.rate / theirs.rate, "ratio", goal=TIMES_NAIVE),
            *cost_figures(ours.cost, ours.count, "flow", theirs.cost, theirs.count),
        ),
        faults=faults,
    )


async def measure_ours(scene: Scene) -> tuple[Bulk, list[str]]:
    """Measure the product alone; the scene then knows its rate."""
    served = scene.requests_served()
    count = 1_000 if scene.quick else 6_000
    source = three_gets("bench-b", scene.target_url)
    ours = await run_in_bulk(scene.product, source, count, warm_up=WARM_UP, each=EACH)
    scene.http_rate = ours.rate
    return ours, [*ours.faults, *_served(scene, served, ours, "")]


def _served(scene: Scene, before: int, bulk: Bulk, whose: str) -> list[str]:
    """The target counts too: each flow came with its requests, no more and no less."""
    wanted, found = bulk.executions * GETS, scene.requests_served() - before
    return [] if wanted == found else [f"{whose}target: wanted {wanted} requests, it answered {found}"]
